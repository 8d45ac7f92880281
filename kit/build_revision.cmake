# Writes OUT, the source of harness/cli/build_revision.h, when it would be another: cmake -DSOURCE=... -DOUT=... -P
# The tree may lie in another's repository as a tarball: only one that has its files is asked.
set(commit "unknown")
set(dirty "false")
find_program(GIT git)
set(ENV{GIT_OPTIONAL_LOCKS} 0)
macro(ask variable)
  execute_process(COMMAND ${GIT} -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE ${variable} RESULT_VARIABLE failed
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endmacro()
if(GIT)
  ask(tracked ls-files --error-unmatch CMakeLists.txt)
  if(NOT failed)
    ask(head rev-parse --verify -q HEAD)
    if(NOT failed AND head MATCHES "^[0-9a-f]+$")
      set(commit ${head})
      ask(changed status --porcelain -- store harness reports CMakeLists.txt CMakePresets.json)
      if(failed OR NOT changed STREQUAL "")
        set(dirty "true")
      endif()
    endif()
  endif()
endif()
string(REPLACE "\\" "\\\\" flags "${FLAGS}")
string(REPLACE "\"" "\\\"" flags "${flags}")
set(text "#include \"harness/cli/build_revision.h\"\n
const char build_revision_commit[] = \"${commit}\";
const bool build_revision_is_dirty = ${dirty};
const char build_revision_compiler[] = \"${COMPILER}\";
const char build_revision_flags[] = \"${flags}\";\n")
set(old "")
if(EXISTS ${OUT})
  file(READ ${OUT} old)
endif()
if(NOT text STREQUAL old)
  file(WRITE ${OUT} "${text}")
endif()
