# find_package(cairn): defines cairn::client, the C++ client, and finds what it stands on.
include(CMakeFindDependencyMacro)
find_dependency(fmt)
find_dependency(tl-expected)
find_dependency(OpenSSL)
find_dependency(Threads)
find_library(CAIRN_XXHASH_LIBRARY xxhash REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/cairn.cmake)
set_property(TARGET cairn::client APPEND PROPERTY
  INTERFACE_LINK_LIBRARIES fmt::fmt ${CAIRN_XXHASH_LIBRARY})
