/* File systems by the numbers that statfs(2) gives (history_place.h). */
#include "harness/history/history_place.h"

#include <stddef.h>

#include <linux/magic.h>
#include <sys/vfs.h>

static const struct {
    unsigned long magic;
    const char *name;
} remotes[] = {
    {NFS_SUPER_MAGIC, "nfs"},
    {SMB_SUPER_MAGIC, "smb"},
    {SMB2_SUPER_MAGIC, "smb2"},
    {CIFS_SUPER_MAGIC, "cifs"},
    {V9FS_MAGIC, "9p"},
    {FUSE_SUPER_MAGIC, "fuse"}, /* of which some are local: nobody can tell from here */
    {CEPH_SUPER_MAGIC, "ceph"},
    {AFS_SUPER_MAGIC, "afs"},
    {AFS_FS_MAGIC, "afs"},
    {CODA_SUPER_MAGIC, "coda"},
    {OCFS2_SUPER_MAGIC, "ocfs2"},
    {0x0bd00bd0, "lustre"},
    {0x01161970, "gfs2"},
    {0x47504653, "gpfs"},
    {0x19830326, "beegfs"},
    {0x786f4256, "vboxsf"},
};

const char *history_place_remote(unsigned long magic)
{
    for (size_t i = 0; i < sizeof(remotes) / sizeof(remotes[0]); i++) {
        if (remotes[i].magic == magic) {
            return remotes[i].name;
        }
    }
    return NULL;
}

/* The kernel's field is signed and may be 32 bits wide: a magic number has no sign. */
const char *history_place_of(const char *path)
{
    struct statfs status;

    return statfs(path, &status) == 0
               ? history_place_remote((unsigned long)status.f_type & 0xffffffffUL)
               : NULL;
}
