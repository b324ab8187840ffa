#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

int cxr_become(uid_t user, gid_t group) {
    if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 || setresuid(user, user, user) != 0) {
        return errno;
    }
    // There must be no way back.
    if (user != 0 && (setresuid(0, 0, 0) == 0 || geteuid() != user || getegid() != group)) return EPERM;
    return 0;
}
