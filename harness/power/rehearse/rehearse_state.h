/* What a rehearsal knows of any moment of its recording. */
#ifndef HARNESS_POWER_REHEARSE_REHEARSE_STATE_H
#define HARNESS_POWER_REHEARSE_REHEARSE_STATE_H

#include "harness/oracle/rules/ledger.h"
#include "harness/power/disk/image.h"

struct rehearsal;

/* What the harness knew at a moment. */
struct rehearse_state {
    int64_t now_ms;
    uint64_t events;
    uint32_t round;     /* in which the power fails */
    uint32_t next_step; /* of the workload: after the one in flight */
    /* docs/PROPERTIES.md, section on acknowledgements: what is synced of the log, without gaps. */
    uint64_t promised_end;
    bool is_lied;  /* a sync lied or came late: promised_end bounds every acknowledgement */
    bool is_kill;  /* no power failed: nothing that was removed may be back */
    uint64_t hash; /* of the ledger and all above: what decides an outcome besides the disk */
};

/* The state just before the end of the `done`-th ended operation; `ledger` (NULL: not wanted) is
 * filled, room for rehearse_ledger_size_bytes(). */
int rehearse_state(struct rehearsal *rehearsal, size_t done, struct rehearse_state *ret_state,
                   struct ledger *ledger, struct err *err);
/* The cached image after the first `done` operations of the recording; the caller frees it. */
int rehearse_state_image(struct rehearsal *rehearsal, size_t done, struct image **ret_image,
                         struct err *err);

#endif
