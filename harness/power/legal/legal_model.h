/* What the second opinion knows of each persistence model, read from docs/FAULTS.md and from
 * nothing else: power/persist/ has a table of its own, and the two must not be made one. */
#ifndef HARNESS_POWER_LEGAL_LEGAL_MODEL_H
#define HARNESS_POWER_LEGAL_LEGAL_MODEL_H

#include "harness/case/loss.h"

/* Names and sizes of all files are there up to one moment, and not from it on. */
bool legal_model_is_sequence(enum loss_model model);
/* A page that is there makes its file long enough for it; else sizes come and go alone. */
bool legal_model_page_brings_size(enum loss_model model);
/* A sync makes durable what leads to its file or entry, too; else that must be synced by itself. */
bool legal_model_sync_brings_path(enum loss_model model);
/* All that had ended of an inode is there, or none of it. */
bool legal_model_is_whole(enum loss_model model);

#endif
