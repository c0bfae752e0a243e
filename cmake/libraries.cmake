# Every third-party library, found once and named once. All come from Debian 12 (tools/setup.sh).
find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(CLI11 REQUIRED)

# cairn_static(target header archive): an imported target for a library without a CMake package.
function(cairn_static target header archive)
  find_path(${archive}_INCLUDE ${header} REQUIRED)
  find_library(${archive}_LIBRARY NAMES lib${archive}.a ${archive} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${archive}_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${${archive}_INCLUDE})
endfunction()

# fmt comes as a shared library only, so its compiled half is built here (see fmt.cc).
find_path(FMT_INCLUDE fmt/format-inl.h REQUIRED)
add_library(cairn_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cc)
add_library(fmt::fmt ALIAS cairn_fmt)
set_target_properties(cairn_fmt PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(cairn_fmt SYSTEM INTERFACE ${FMT_INCLUDE})

cairn_static(xxhash::xxhash xxhash.h xxhash)
cairn_static(SQLite::SQLite3 sqlite3.h sqlite3)
target_link_libraries(SQLite::SQLite3 INTERFACE ${CMAKE_DL_LIBS} Threads::Threads m)
cairn_static(zstd::zstd zstd.h zstd)
cairn_static(ZLIB::ZLIB zlib.h z)
cairn_static(libsodium::libsodium sodium.h sodium)
cairn_static(re2::re2 re2/re2.h re2)
target_link_libraries(re2::re2 INTERFACE Threads::Threads)
add_library(rapidjson INTERFACE)
find_path(RAPIDJSON_INCLUDE rapidjson/reader.h REQUIRED)
target_include_directories(rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE})
# Its empty stack adds to a null pointer, which is harmless and which UBSan rightly names.
target_compile_options(rapidjson INTERFACE -fno-sanitize=pointer-overflow)

find_package(Eigen3 3.4 REQUIRED NO_MODULE)
# Blocks of one size whatever the processor's caches, so that sums are rounded alike everywhere.
target_compile_definitions(Eigen3::Eigen INTERFACE EIGEN_NO_CPUID EIGEN_DONT_PARALLELIZE EIGEN_MPL2_ONLY)
cairn_static(libyaml::libyaml yaml.h yaml)
cairn_static(utf8proc::utf8proc utf8proc.h utf8proc)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED GLOBAL)  # by its headers alone
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)
target_include_directories(tomlplusplus::tomlplusplus INTERFACE ${TOMLPLUSPLUS_INCLUDE})
add_library(dtl::dtl INTERFACE IMPORTED GLOBAL)
find_path(DTL_INCLUDE dtl/dtl.hpp REQUIRED)
target_include_directories(dtl::dtl SYSTEM INTERFACE ${DTL_INCLUDE})
