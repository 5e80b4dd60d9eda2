// Tests that have to be somebody other than root.
#pragma once

#include "guest.h"

#include <grp.h>

// Runs a test function as another user, in a child; its reason comes back through a pipe.
static int as_user(uid_t user, gid_t group, int (*test)(void)) {
    int reason[2];
    CHECK_EQ(pipe(reason), 0);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(user) != 0) _exit(2);
        const int result = test();
        if (result != 0) (void)!write(reason[1], guest_reason, sizeof guest_reason);
        _exit(result != 0);
    }
    close(reason[1]);
    (void)!read(reason[0], guest_reason, sizeof guest_reason);
    close(reason[0]);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    if (status != 0 && guest_reason[0] == 0) strcpy(guest_reason, "the child failed");
    return status == 0 ? 0 : -1;
}
