# What a package of Debian has besides what `cmake --install` puts there (Debian Policy 12): run by CPack before it
# packs, on the tree that it installed into.
set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${usr}/share/doc/killpoint)
if(NOT EXISTS ${usr}/bin/killpoint)
  message(FATAL_ERROR "no ${usr}/bin/killpoint: is this package installed below /usr?")
endif()

function(compress path)
  execute_process(COMMAND gzip -9nf ${path} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Each "## VERSION (DATE)" of CHANGELOG.md is an entry, each list item a change.
set(changelog "")
file(STRINGS ${doc}/CHANGELOG.md lines)
foreach(line IN LISTS lines)
  if(line MATCHES "^## ([0-9.]+) \\(([0-9-]+)\\)$")
    set(version ${CMAKE_MATCH_1})
    set(day ${CMAKE_MATCH_2})
    if(changelog)
      string(APPEND changelog "\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n\n")
    endif()
    execute_process(COMMAND date -u -R -d ${day} COMMAND_ERROR_IS_FATAL ANY
      OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(APPEND changelog "killpoint (${version}-${CPACK_DEBIAN_PACKAGE_RELEASE}) bookworm; urgency=medium\n\n")
    set(is_empty ON)
  elseif(line MATCHES "^\\* (.*)$" OR (line MATCHES "^[A-Z](.*)$" AND changelog AND is_empty))
    string(REGEX REPLACE "^\\* " "" text "${line}")
    string(APPEND changelog "  * ${text}\n")
    set(is_empty OFF)
  elseif(changelog AND NOT line MATCHES "^#" AND line MATCHES "[^ ]")
    string(STRIP "${line}" text)
    string(APPEND changelog "    ${text}\n")
  endif()
endforeach()
string(APPEND changelog "\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
if(NOT changelog MATCHES "^killpoint \\(${CPACK_PACKAGE_VERSION}-")
  message(FATAL_ERROR "CHANGELOG.md does not begin with ${CPACK_PACKAGE_VERSION}")
endif()
file(WRITE ${doc}/changelog.Debian "${changelog}")
compress(${doc}/changelog.Debian)
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
compress(${doc}/changelog)
compress(${usr}/share/man/man1/killpoint.1)

file(REMOVE ${doc}/LICENSE)
file(WRITE ${doc}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: killpoint

Files: *
Copyright: 2026 the maintainers of Killpoint
License: Apache-2.0
 On Debian systems the text of this license is in
 /usr/share/common-licenses/Apache-2.0.
")
# The charts of the page of a run are those of d3, inside the program with their licence.
if(EXISTS ${CPACK_KILLPOINT_D3_LICENCE})
  file(APPEND ${doc}/copyright "Comment:
 The program has d3 in it, for the page of a run; what Debian's node-d3 says
 of its copyright is in copyright.d3 beside this file.
")
  configure_file(${CPACK_KILLPOINT_D3_LICENCE} ${doc}/copyright.d3 COPYONLY)
endif()
# A case is a fork, and what a fork costs is what the program has mapped: the worker is static on purpose.
file(WRITE ${usr}/share/lintian/overrides/killpoint "# A case is a fork, and a fork costs what the program has mapped.
killpoint: statically-linked-binary [usr/libexec/killpoint/killpoint-worker]
killpoint: statically-linked-binary [usr/libexec/killpoint/killpoint-bench]
killpoint: embedded-library libyaml [usr/libexec/killpoint/killpoint-worker]
killpoint: embedded-library libyaml [usr/libexec/killpoint/killpoint-bench]
")
