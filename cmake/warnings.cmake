# Warnings of every Cairn target: strict, and errors in CI so that a warning never lands.
option(CAIRN_WERROR "treat warnings as errors" ON)
add_library(cairn_warnings INTERFACE)
target_compile_options(cairn_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2
  -Wno-missing-field-initializers)
# With sanitizers (the Debug presets) GCC 12 takes what an optional or a variant does not hold for
# something that is used.
target_compile_options(cairn_warnings INTERFACE $<$<CONFIG:Debug>:-Wno-maybe-uninitialized>)
if(CAIRN_WERROR)
  target_compile_options(cairn_warnings INTERFACE -Werror)
endif()
