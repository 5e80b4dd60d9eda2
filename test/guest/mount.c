// mount and umount2: flags, what they forbid, binds, and what cannot be. Needs root; DIR is a directory that may be mounted on.
#include "guest.h"

#include <limits.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

static const char *at;  // where things are mounted
static const char *own_path, *other = "/tmp/mount-other";
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

static int bind_shows_the_same_elsewhere(void) {
    char deep[320], back[320];
    snprintf(deep, sizeof deep, "%s/deep", other);
    snprintf(back, sizeof back, "%s/deep/..", other);
    CHECK_EQ(mount("none", at, "tmpfs", 0, NULL), 0);
    CHECK_EQ(mkdir(in("deep"), 0755), 0);
    CHECK_EQ(mount(at, other, NULL, MS_BIND, NULL), 0);
    struct stat here, there;
    CHECK_EQ(stat(in("deep"), &here), 0);
    CHECK_EQ(stat(deep, &there), 0);
    CHECK(here.st_dev == there.st_dev && here.st_ino == there.st_ino);
    CHECK_ERROR(rename(in("deep"), back), EXDEV);
    CHECK_EQ(chdir(back), 0);
    char where[PATH_MAX];
    CHECK(getcwd(where, sizeof where) != NULL && strcmp(where, other) == 0);
    CHECK_ERROR(umount2(other, 0), EBUSY);
    CHECK_EQ(chdir("/"), 0);
    CHECK_EQ(umount2(at, 0), 0);
    CHECK_EQ(stat(deep, &there), 0);  // until the last mount goes
    return 0;
}

static int bind_has_flags_of_its_own(void) {
    CHECK_EQ(mount(other, at, NULL, MS_BIND | MS_RDONLY, NULL), 0);
    CHECK_EQ(flags_shown(0), 0);  // a bind begins as what it shows
    const int writer = open(in("file"), O_WRONLY | O_CREAT, 0600);
    CHECK(writer >= 0);
    CHECK_ERROR(mount(NULL, at, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), EBUSY);
    close(writer);
    CHECK_EQ(mount(NULL, at, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOEXEC, NULL), 0);
    CHECK_EQ(flags_shown(ST_RDONLY | ST_NOEXEC), 0);
    CHECK_ERROR(open(in("file"), O_WRONLY), EROFS);
    CHECK_ERROR(mkdir(in("new"), 0700), EROFS);
    const int reader = open(in("file"), O_RDONLY);
    CHECK(reader >= 0);
    CHECK_ERROR(fchmod(reader, 0644), EROFS);
    close(reader);
    char made[320];
    snprintf(made, sizeof made, "%s/new", other);
    CHECK_EQ(mkdir(made, 0700), 0);
    CHECK_EQ(rmdir(made), 0);
    if (copy_program((snprintf(made, sizeof made, "%s/program", other), made), 0755) != 0) return -1;
    CHECK_EQ(identity_of(in("program")), 100);
    CHECK_EQ(identity_of(made), 0);
    CHECK_EQ(umount2(at, 0), 0);
    return 0;
}

static int file_is_bound_over_a_file(void) {
    char file[320], program[320];
    snprintf(file, sizeof file, "%s/file", other);
    snprintf(program, sizeof program, "%s/program", other);
    CHECK_ERROR(mount(file, at, NULL, MS_BIND, NULL), ENOTDIR);
    CHECK_ERROR(mount(at, file, NULL, MS_BIND, NULL), ENOTDIR);
    CHECK_EQ(mount(program, file, NULL, MS_BIND, NULL), 0);
    CHECK_EQ(identity_of(file), 0);
    CHECK_ERROR(unlink(file), EBUSY);
    CHECK_ERROR(rename(program, file), EBUSY);
    CHECK_ERROR(umount2(other, 0), EBUSY);
    CHECK_EQ(umount2(file, 0), 0);
    CHECK_EQ(unlink(file), 0);
    return 0;
}

static int what_is_inside_comes_if_it_is_asked_for(void) {
    char inner[320];
    snprintf(inner, sizeof inner, "%s/deep", other);
    CHECK_EQ(mount("none", inner, "tmpfs", 0, NULL), 0);
    CHECK_EQ(mkdir((snprintf(inner, sizeof inner, "%s/deep/inside", other), inner), 0700), 0);
    CHECK_EQ(mount(other, at, NULL, MS_BIND, NULL), 0);
    CHECK_ERROR(access(in("deep/inside"), F_OK), ENOENT);
    CHECK_EQ(mount(NULL, at, NULL, MS_PRIVATE, NULL), 0);
    CHECK_ERROR(mount(NULL, in("deep"), NULL, MS_PRIVATE, NULL), EINVAL);  // no mount
    CHECK_EQ(umount2(at, 0), 0);
    CHECK_EQ(mount(other, at, NULL, MS_BIND | MS_REC, NULL), 0);
    CHECK_EQ(access(in("deep/inside"), F_OK), 0);
    CHECK_ERROR(umount2(at, 0), EBUSY);
    CHECK_EQ(umount2(in("deep"), 0), 0);
    CHECK_EQ(access(inner, F_OK), 0);
    CHECK_EQ(umount2(at, 0), 0);
    snprintf(inner, sizeof inner, "%s/deep", other);
    CHECK_EQ(umount2(inner, 0), 0);
    CHECK_EQ(umount2(other, 0), 0);
    return 0;
}

static time_t accessed(void) {
    struct stat info;
    return stat(in("file"), &info) == 0 ? info.st_atime : -1;
}

static int read_old_file(void) {
    const struct timespec old[2] = {{1000, 0}, {2000, 0}};
    char byte;
    CHECK_EQ(utimensat(AT_FDCWD, in("file"), old, 0), 0);
    const int file = open(in("file"), O_RDONLY);
    CHECK_EQ(read(file, &byte, 1), 1);
    close(file);
    return 0;
}

static int times_of_access_are_noted_as_the_mount_says(void) {
    CHECK_EQ(mount("none", at, "tmpfs", MS_NOATIME, NULL), 0);
    const int file = open(in("file"), O_WRONLY | O_CREAT, 0600);
    CHECK_EQ(write(file, "x", 1), 1);
    close(file);
    if (read_old_file() != 0) return -1;
    CHECK_EQ(accessed(), 1000);
    CHECK_EQ(mount(NULL, at, NULL, MS_REMOUNT | MS_NODEV, NULL), 0);  // says nothing of times
    if (read_old_file() != 0) return -1;
    CHECK_EQ(accessed(), 1000);
    CHECK_EQ(mount(NULL, at, NULL, MS_REMOUNT | MS_RELATIME, NULL), 0);
    if (read_old_file() != 0) return -1;
    CHECK(accessed() > 1000);
    CHECK_EQ(umount2(at, 0), 0);
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
    if (mkdir(other, 0755) != 0 && errno != EEXIST) return 2;
    RUN(plain_mount_forbids_nothing);
    RUN(flags_forbid_what_they_say);
    RUN(read_only_forbids_changes);
    RUN(what_cannot_be_says_why);
    RUN(bind_shows_the_same_elsewhere);
    RUN(bind_has_flags_of_its_own);
    RUN(file_is_bound_over_a_file);
    RUN(what_is_inside_comes_if_it_is_asked_for);
    RUN(times_of_access_are_noted_as_the_mount_says);
    RUN(only_root_may);
    rmdir(at);
    rmdir(other);
    return guest_done();
}
