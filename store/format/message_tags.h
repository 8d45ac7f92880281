/* The tagsCode of a consumequeue unit (docs/FORMAT.md, "Consumequeue"): what a consumer filters by
 * before it reads the record. */
#ifndef STORE_FORMAT_MESSAGE_TAGS_H
#define STORE_FORMAT_MESSAGE_TAGS_H

#include "store/format/message.h"

/* Java's String.hashCode of the property TAGS, sign-extended; 0 without it.  Of a scheduled message
 * (topic SCHEDULE_TOPIC_XXXX, a DELAY level of 1 to 18) it is the time in ms at which it is due.
 * Works on any bytes: malformed UTF-8 and times near the limits give what Java gives. */
int64_t message_tags_code(const struct message_view *view);

#endif
