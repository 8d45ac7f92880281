/* The tables of the history. */
#ifndef HARNESS_HISTORY_HISTORY_SCHEMA_H
#define HARNESS_HISTORY_HISTORY_SCHEMA_H

/* "KpHi" in the file's header: whose it is. */
#define HISTORY_SCHEMA_APPLICATION 0x4b704869
/* Grows when a table changes so that an older program could not use it. */
#define HISTORY_SCHEMA_VERSION 1

/* run        a call of `run`, by its directory's name, which begins with its time: their order
 * scenario   what each scenario did in it; `is_whole`: it came to its end; `worker_us`: NULL where
 *            its time says nothing of another run
 * cells      the counts of one scenario, as JSON: [role, point, fault, cases, passed, failed,
 *            broken, skipped] each; most are the same night for night, and stand here once
 * cause      by its fingerprint, in words
 * sighting   of a cause by a run
 * bench      a figure, by when it was measured */
#define HISTORY_SCHEMA_SQL                                                                        \
    "CREATE TABLE run(key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, began TEXT NOT NULL,"     \
    " state TEXT NOT NULL, is_judged INT NOT NULL, version TEXT, revision TEXT, is_dirty INT,"    \
    " program TEXT NOT NULL, switches TEXT NOT NULL, seed TEXT, is_complete INT,"                 \
    " is_whole_suite INT, workers INT, scenarios INT, passed INT, failed INT, skipped INT,"       \
    " images INT, unexpected INT, unreached INT, causes INT, duration_us INT, exit_code INT);"    \
    "CREATE TABLE cells(key INTEGER PRIMARY KEY, hash INT NOT NULL, rows TEXT NOT NULL);"         \
    "CREATE INDEX cells_by_hash ON cells(hash);"                                                  \
    "CREATE TABLE scenario(run INT NOT NULL REFERENCES run ON DELETE CASCADE, name TEXT NOT"      \
    " NULL, target TEXT, hash TEXT, is_whole INT NOT NULL, is_expected INT, is_catch INT,"        \
    " cases INT NOT NULL, images INT, failed INT, duration_us INT, worker_us INT,"                \
    " catch_cases INT, catch_us INT, cells INT REFERENCES cells, PRIMARY KEY(name, run))"         \
    " WITHOUT ROWID;"                                                                             \
    "CREATE INDEX scenario_by_run ON scenario(run);"                                              \
    "CREATE TABLE cause(fingerprint TEXT PRIMARY KEY, text TEXT NOT NULL, mechanism TEXT,"        \
    " property TEXT, place TEXT, last_id TEXT NOT NULL) WITHOUT ROWID;"                           \
    "CREATE TABLE sighting(cause TEXT NOT NULL REFERENCES cause, run INT NOT NULL REFERENCES run" \
    " ON DELETE CASCADE, cases INT, scenario_count INT, scenarios TEXT NOT NULL, faults TEXT,"    \
    " points TEXT, token TEXT, detail TEXT, source TEXT, capsule TEXT, PRIMARY KEY(cause, run));" \
    "CREATE INDEX sighting_by_run ON sighting(run, cause);"                                       \
    "CREATE TABLE bench(key INTEGER PRIMARY KEY, at TEXT NOT NULL, revision TEXT, system TEXT,"   \
    " name TEXT NOT NULL, value REAL, unit TEXT, floor REAL, floor_name TEXT, ratio REAL,"        \
    " has_target INT, is_met INT);"                                                               \
    "CREATE INDEX bench_by_name ON bench(name, at);"

#define HISTORY_SCHEMA_TABLES      "('run', 'cells', 'scenario', 'cause', 'sighting', 'bench')"
#define HISTORY_SCHEMA_TABLE_COUNT 6

#endif
