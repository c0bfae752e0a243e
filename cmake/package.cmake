# What is installed: the binary, and the C++ client as a CMake package (component client):
# find_package(cairn) gives cairn::client. The Python module says so itself (component python).
#
# The package is one archive of all guest rooms, libcairn_client.a, and the headers that a user of
# client/run.h reads, under include/cairn/<room>/: the rooms stay our own affair.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(SKBUILD)
  install(TARGETS cairn RUNTIME DESTINATION ${SKBUILD_SCRIPTS_DIR} COMPONENT python)
elseif(TARGET cairn)
  install(TARGETS cairn RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT binary)
endif()

cairn_guest_targets(guests)
set(objects ${guests} cairn_fmt)
list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
add_library(cairn_package STATIC ${objects})
set_target_properties(cairn_package PROPERTIES OUTPUT_NAME cairn_client EXPORT_NAME client
  LINKER_LANGUAGE CXX ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/package)
target_compile_features(cairn_package PUBLIC cxx_std_20)
target_include_directories(cairn_package INTERFACE $<INSTALL_INTERFACE:include/cairn>)
target_link_libraries(cairn_package INTERFACE tl::expected OpenSSL::Crypto Threads::Threads
  ${CMAKE_DL_LIBS})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cairn)
install(TARGETS cairn_package EXPORT cairn COMPONENT client EXCLUDE_FROM_ALL)
install(EXPORT cairn NAMESPACE cairn:: DESTINATION ${package_dir} COMPONENT client EXCLUDE_FROM_ALL)
foreach(header base/result.h model/energy.h model/value.h client/run.h)
  get_filename_component(room ${header} DIRECTORY)
  install(FILES ${CMAKE_SOURCE_DIR}/core/${header} DESTINATION include/cairn/${room}
    COMPONENT client EXCLUDE_FROM_ALL)
endforeach()
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/cairn-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_SOURCE_DIR}/cmake/cairn-config.cmake
  ${CMAKE_BINARY_DIR}/package/cairn-config-version.cmake
  DESTINATION ${package_dir} COMPONENT client EXCLUDE_FROM_ALL)
