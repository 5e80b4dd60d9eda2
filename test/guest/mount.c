// mount and umount2: flags, what they forbid, and what cannot be. Needs root; DIR is a directory that may be mounted on.
#include "guest.h"

#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static const char *at;  // where things are mounted
static const char *own_path;
static char path[300];

static const char *in(const char *name) {
    snprintf(path, sizeof path, "%s/%s", at, name);
    return path;
}

static int copy_program(const char *to, mode_t mode) {
    char buffer[4096];
    const int from = open(own_path, O_RDONLY), file = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(from >= 0 && file >= 0);
    for (ssize_t got; (got = read(from, buffer, sizeof buffer)) > 0;) CHECK_EQ(write(file, buffer, got), got);
    CHECK_EQ(fchown(file, 1000, 1000), 0);
    CHECK_EQ(fchmod(file, mode), 0);
    close(from);
    close(file);
    return 0;
}

// Runs the copy, which says whose effective identity it has; 100: it could not be started.
static int identity_of(const char *program) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {"mount", "identity", NULL};
        execv(program, arguments);
        _exit(100);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int flags_shown(unsigned long wanted) {
    struct statfs info;
    CHECK_EQ(statfs(at, &info), 0);
    CHECK_EQ(info.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC), wanted);
    return 0;
}

static int plain_mount_forbids_nothing(void) {
    CHECK_EQ(mount("none", at, "tmpfs", 0, NULL), 0);
    CHECK_EQ(flags_shown(0), 0);
    if (copy_program(in("program"), 06755) != 0) return -1;
    CHECK_EQ(identity_of(in("program")), 1);
    CHECK_EQ(mknod(in("null"), S_IFCHR | 0666, 1 << 8 | 3), 0);
    const int file = open(in("null"), O_RDWR);
    CHECK(file >= 0);
    close(file);
    CHECK_EQ(umount2(at, 0), 0);
    return 0;
}

static int flags_forbid_what_they_say(void) {
    CHECK_EQ(mount("none", at, "tmpfs", MS_NOSUID, NULL), 0);
    if (copy_program(in("program"), 06755) != 0) return -1;
    CHECK_EQ(flags_shown(ST_NOSUID), 0);
    CHECK_EQ(identity_of(in("program")), 0);
    CHECK_EQ(mount("none", at, NULL, MS_REMOUNT | MS_NOEXEC | MS_NODEV, NULL), 0);
    CHECK_EQ(flags_shown(ST_NOEXEC | ST_NODEV), 0);
    CHECK_EQ(identity_of(in("program")), 100);
    CHECK_ERROR(access(in("program"), X_OK), EACCES);
    const int program = open(in("program"), O_RDONLY);
    CHECK(program >= 0);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, program, 0) == MAP_FAILED);
    CHECK_EQ(errno, EPERM);
    void *const mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, program, 0);
    CHECK(mapped != MAP_FAILED && *(const unsigned char *)mapped == 0x7f);
    CHECK_ERROR(umount2(at, 0), EBUSY);
    munmap(mapped, 4096);
    close(program);
    CHECK_EQ(mknod(in("null"), S_IFCHR | 0666, 1 << 8 | 3), 0);
    CHECK_ERROR(open(in("null"), O_RDONLY), EACCES);
    CHECK_EQ(mount("none", at, NULL, MS_REMOUNT, NULL), 0);
    CHECK_EQ(identity_of(in("program")), 1);
    return 0;
}

static int read_only_forbids_changes(void) {
    const int writer = open(in("file"), O_WRONLY | O_CREAT, 0600);
    CHECK(writer >= 0);
    CHECK_ERROR(mount("none", at, NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    close(writer);
    CHECK_EQ(mount("none", at, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    CHECK_EQ(flags_shown(ST_RDONLY), 0);
    CHECK_ERROR(open(in("file"), O_WRONLY), EROFS);
    CHECK_ERROR(open(in("new"), O_WRONLY | O_CREAT, 0600), EROFS);
    CHECK_ERROR(mkdir(in("new"), 0700), EROFS);
    CHECK_ERROR(unlink(in("file")), EROFS);
    CHECK_ERROR(chmod(in("file"), 0666), EROFS);
    CHECK_ERROR(truncate(in("file"), 0), EROFS);
    CHECK_ERROR(access(in("file"), W_OK), EROFS);
    CHECK_EQ(access(in("file"), R_OK), 0);
    CHECK_EQ(mount("none", at, NULL, MS_REMOUNT, NULL), 0);
    CHECK_EQ(unlink(in("file")), 0);
    return 0;
}

static int what_cannot_be_says_why(void) {
    CHECK_ERROR(umount2(in("program"), 0), EINVAL);
    CHECK_ERROR(umount2(in("nothing"), 0), ENOENT);
    CHECK_ERROR(umount2(at, 0x100), EINVAL);
    CHECK_ERROR(mount("none", in("program"), "tmpfs", 0, NULL), ENOTDIR);
    CHECK_ERROR(mount("none", in("nothing"), "tmpfs", 0, NULL), ENOENT);
    CHECK_ERROR(mount("none", at, "no-such-type", 0, NULL), ENODEV);
    CHECK_ERROR(mount(in("program"), at, "ext2", 0, NULL), ENOTBLK);
    const int file = open(in("program"), O_RDONLY);
    CHECK(file >= 0);
    CHECK_ERROR(umount2(at, 0), EBUSY);
    close(file);
    CHECK_EQ(umount2(at, 0), 0);
    CHECK_ERROR(umount2(at, 0), EINVAL);
    return 0;
}

static void as_somebody(void) {
    if (setgid(1000) != 0 || setuid(1000) != 0) _exit(2);
    const int refused = mount("none", at, "tmpfs", 0, NULL) == -1 && errno == EPERM;
    _exit(refused && umount2(at, 0) == -1 && errno == EPERM ? 0 : 1);
}

static int only_root_may(void) {
    CHECK_EQ(guest_child(as_somebody), 0);
    return 0;
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "identity") == 0) return geteuid() == 1000;
    own_path = arguments[0];
    at = count > 1 ? arguments[1] : "/tmp/mount-point";
    if (mkdir(at, 0755) != 0 && errno != EEXIST) return 2;
    RUN(plain_mount_forbids_nothing);
    RUN(flags_forbid_what_they_say);
    RUN(read_only_forbids_changes);
    RUN(what_cannot_be_says_why);
    RUN(only_root_may);
    rmdir(at);
    return guest_done();
}
