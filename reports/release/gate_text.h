/* What a gate says on the screen: a line for each reason, and whether it may ship. */
#ifndef REPORTS_RELEASE_GATE_TEXT_H
#define REPORTS_RELEASE_GATE_TEXT_H

#include "harness/gate/gate.h"

#include <stdbool.h>
#include <stdio.h>

/* Each reason is one line, never wrapped, so that a log can be searched for it; each known cause
 * that occurred is another.  `is_verbose`: a line for each rule that holds, too.  The last line
 * counts the rules. */
void gate_text_write(FILE *stream, const struct gate_case *asked, const struct verdict *verdict,
                     bool is_coloured, bool is_verbose);
/* The verdict in a sentence: "may ship: 17 rules hold; 2 known causes occurred". */
void gate_text_sentence(const struct gate_case *asked, const struct verdict *verdict, char *text,
                        size_t text_size_bytes);

#endif
