# Faster builds where the machine offers the means: a compiler cache and a quick linker.
include_guard(GLOBAL)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(LINKER NAMES mold ld.lld DOC "a linker quicker than the system's")
if(LINKER)
  get_filename_component(linker_name ${LINKER} NAME)
  string(REPLACE "ld." "" linker_name ${linker_name})
  add_link_options(-fuse-ld=${linker_name})
endif()
