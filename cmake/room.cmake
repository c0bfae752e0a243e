# cairn_room(): one folder of core/ = one static library = one namespace = one test binary.
#
# A room sees its own headers and those of its declared DEPS, and nothing else: each room has a
# private include root (build/rooms/<room>/) that holds one link, <room> -> core/<room>, and a target
# gets only the roots of itself and its DEPS. A wrong #include therefore cannot be found and fails
# the build. GUEST rooms end up inside a user's training process; they may depend on guests only.
include_guard(GLOBAL)
define_property(GLOBAL PROPERTY CAIRN_ROOMS BRIEF_DOCS "rooms declared so far, bottom to top")


# cairn_room(name [GUEST] [DEPS room...] [LIBS target...] [PUBLIC_LIBS target...])
#   DEPS         the rooms it may include; nothing is inherited through them
#   LIBS         third-party libraries at home in this room, invisible to the rooms above
#   PUBLIC_LIBS  third-party libraries whose types appear in this room's headers
function(cairn_room name)
  cmake_parse_arguments(ROOM "GUEST" "" "DEPS;LIBS;PUBLIC_LIBS" ${ARGN})
  get_property(below GLOBAL PROPERTY CAIRN_ROOMS)
  foreach(dep IN LISTS ROOM_DEPS)
    if(NOT dep IN_LIST below)
      message(FATAL_ERROR "room '${name}' depends on '${dep}', which is not a room below it")
    endif()
    get_target_property(dep_guest cairn_${dep} CAIRN_GUEST)
    if(ROOM_GUEST AND NOT dep_guest)
      message(FATAL_ERROR "guest room '${name}' depends on '${dep}', which is no guest")
    endif()
  endforeach()

  set(root ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/core/${name} ${root}/${name} SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT sources)
    set(sources ${CMAKE_SOURCE_DIR}/cmake/empty.cc)
  endif()

  set(deps ${ROOM_DEPS})
  list(TRANSFORM deps PREPEND cairn_)
  cairn_room_library(cairn_${name} "${sources}" "${root}" "${deps}" "${ROOM_LIBS}" "${ROOM_PUBLIC_LIBS}")
  set_target_properties(cairn_${name} PROPERTIES CAIRN_GUEST "${ROOM_GUEST}"
    CAIRN_DEPS "${deps}")

  if(CAIRN_TESTS OR CAIRN_FUZZ)
    # core/<room>/testing/ holds fakes and fixtures that the tests of the rooms above share.
    file(GLOB fakes CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/${name}/testing/*.cc)
    if(fakes)
      cairn_room_library(cairn_${name}_testing "${fakes}" "${root}" "cairn_${name};${deps}" "" "")
    endif()
  endif()
  if(CAIRN_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE cairn_${name} ${deps} ${ROOM_LIBS} cairn_warnings
      GTest::gtest_main)
    foreach(dep IN LISTS ROOM_DEPS ITEMS ${name})
      if(TARGET cairn_${dep}_testing)
        target_link_libraries(${name}_test PRIVATE cairn_${dep}_testing)
      endif()
    endforeach()
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 300)
  endif()
  set_property(GLOBAL APPEND PROPERTY CAIRN_ROOMS ${name})
endfunction()

function(cairn_room_library target sources root deps libs public_libs)
  add_library(${target} STATIC ${sources})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON LINKER_LANGUAGE CXX)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE ${root} INTERFACE ${root})
  # PRIVATE: the archives are still linked into whoever uses this room, but their headers are not seen.
  target_link_libraries(${target} PUBLIC ${public_libs} PRIVATE ${deps} ${libs} cairn_warnings)
endfunction()

# cairn_guest_targets(out): the libraries of all guest rooms, for what runs in a user's process.
function(cairn_guest_targets out)
  get_property(rooms GLOBAL PROPERTY CAIRN_ROOMS)
  set(guests)
  foreach(room IN LISTS rooms)
    get_target_property(guest cairn_${room} CAIRN_GUEST)
    if(guest)
      list(APPEND guests cairn_${room})
    endif()
  endforeach()
  set(${out} ${guests} PARENT_SCOPE)
endfunction()
