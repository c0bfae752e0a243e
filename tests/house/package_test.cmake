# Installs the client into an empty folder, builds examples/cpp against it and runs what came out.
set(work ${BUILD}/package/test)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --component client --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${EXAMPLE} -B ${work}/build -G Ninja -D CMAKE_BUILD_TYPE=Release
  -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_PREFIX_PATH=${work}/prefix)
run(${CMAKE_COMMAND} --build ${work}/build)

file(GLOB programs LIST_DIRECTORIES false ${work}/build/*)
set(ran 0)
foreach(program IN LISTS programs)
  execute_process(COMMAND test -x ${program} RESULT_VARIABLE not_executable)
  if(NOT not_executable)
    run(${CMAKE_COMMAND} -E env CAIRN_DIR=${work}/store ${program})
    math(EXPR ran "${ran} + 1")
  endif()
endforeach()
if(NOT EXISTS ${work}/store/projects OR ran EQUAL 0)
  message(FATAL_ERROR "expected the example to leave a run, ran ${ran} programs (${work}/store)")
endif()
