// Owners, modes and identities. Needs root, and tries the rest as somebody else.
#include "as_user.h"

enum { somebody = 1000, somebody_group = 1000, other = 2000 };

static int make(const char *path, mode_t mode) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return -1;
    const int result = write(file, "x", 1) == 1 ? fchmod(file, mode) : -1;
    close(file);
    return result;
}

static int stranger_opens(void) {
    CHECK_ERROR(open("private", O_RDONLY), EACCES);
    CHECK_ERROR(open("readable", O_WRONLY), EACCES);
    CHECK_ERROR(truncate("readable", 0), EACCES);
    const int file = open("readable", O_RDONLY);
    CHECK(file >= 0);
    close(file);
    CHECK_ERROR(access("readable", W_OK), EACCES);
    CHECK_EQ(access("readable", R_OK), 0);
    CHECK_ERROR(chmod("readable", 0777), EPERM);
    CHECK_ERROR(chown("readable", somebody, -1), EPERM);
    CHECK_ERROR(unlink("readable"), EACCES);
    CHECK_ERROR(open("new", O_WRONLY | O_CREAT, 0600), EACCES);
    CHECK_ERROR(mkdir("new", 0700), EACCES);
    CHECK_ERROR(rename("readable", "renamed"), EACCES);
    CHECK_ERROR(open("closed-directory/inside", O_RDONLY), EACCES);
    CHECK_ERROR(chdir("closed-directory"), EACCES);
    char *arguments[] = {"x", NULL};
    CHECK_ERROR(execv("readable", arguments), EACCES);
    CHECK_ERROR(kill(getppid(), SIGTERM), EPERM);
    CHECK_ERROR(setuid(0), EPERM);
    CHECK_ERROR(setgid(0), EPERM);
    CHECK_ERROR(setgroups(0, NULL), EPERM);
    CHECK_ERROR(syscall(SYS_mknod, "device", S_IFCHR | 0600, 0x103), EACCES);
    return 0;
}
static int strangers_are_kept_out(void) {
    CHECK_EQ(make("private", 0600), 0);
    CHECK_EQ(make("readable", 0644), 0);
    CHECK_EQ(mkdir("closed-directory", 0700), 0);
    CHECK_EQ(make("closed-directory/inside", 0644), 0);
    if (as_user(somebody, somebody_group, stranger_opens) != 0) return -1;
    CHECK_EQ(unlink("closed-directory/inside"), 0);
    CHECK_EQ(rmdir("closed-directory"), 0);
    CHECK_EQ(unlink("private"), 0);
    CHECK_EQ(unlink("readable"), 0);
    return 0;
}

static int group_member(void) {
    const int file = open("group-file", O_RDONLY);
    CHECK(file >= 0);
    close(file);
    CHECK_ERROR(open("group-file", O_WRONLY), EACCES);
    return 0;
}
static int not_a_member(void) {
    CHECK_ERROR(open("group-file", O_RDONLY), EACCES);
    return 0;
}
static int group_rights(void) {
    CHECK_EQ(make("group-file", 0640), 0);
    CHECK_EQ(chown("group-file", other, somebody_group), 0);
    if (as_user(somebody, somebody_group, group_member) != 0) return -1;
    if (as_user(somebody, other, not_a_member) != 0) return -1;
    // The owner class is taken even when it gives less.
    CHECK_EQ(chmod("group-file", 0044), 0);
    if (as_user(other, somebody_group, not_a_member) != 0) return -1;
    CHECK_EQ(unlink("group-file"), 0);
    return 0;
}

static int owner_acts(void) {
    struct stat info;
    CHECK_EQ(make("open-directory/mine", 0600), 0);
    CHECK_EQ(stat("open-directory/mine", &info), 0);
    CHECK_EQ(info.st_uid, somebody);
    CHECK_EQ(info.st_gid, somebody_group);
    CHECK_EQ(chmod("open-directory/mine", 0400), 0);
    CHECK_ERROR(open("open-directory/mine", O_WRONLY), EACCES);
    CHECK_ERROR(chown("open-directory/mine", other, -1), EPERM);
    CHECK_EQ(unlink("open-directory/mine"), 0);
    return 0;
}
static int owners(void) {
    CHECK_EQ(mkdir("open-directory", 0777), 0);
    CHECK_EQ(chmod("open-directory", 0777), 0);
    if (as_user(somebody, somebody_group, owner_acts) != 0) return -1;
    CHECK_EQ(rmdir("open-directory"), 0);
    return 0;
}

static int remove_foreign(void) {
    CHECK_ERROR(unlink("sticky/file"), EPERM);
    CHECK_ERROR(rename("sticky/file", "sticky/renamed"), EPERM);
    return 0;
}
static int sticky_directory(void) {
    CHECK_EQ(mkdir("sticky", 0777), 0);
    CHECK_EQ(chmod("sticky", 01777), 0);
    CHECK_EQ(make("sticky/file", 0666), 0);
    if (as_user(somebody, somebody_group, remove_foreign) != 0) return -1;
    CHECK_EQ(unlink("sticky/file"), 0);
    CHECK_EQ(rmdir("sticky"), 0);
    return 0;
}

static int root_may(void) {
    struct stat info;
    CHECK_EQ(make("locked", 0000), 0);
    const int file = open("locked", O_RDWR);
    CHECK(file >= 0);
    close(file);
    char *arguments[] = {"x", NULL};
    CHECK_ERROR(execv("locked", arguments), EACCES);  // not even root, without any x
    CHECK_ERROR(access("locked", X_OK), EACCES);
    CHECK_EQ(chown("locked", somebody, other), 0);
    CHECK_EQ(stat("locked", &info), 0);
    CHECK(info.st_uid == somebody && info.st_gid == other);
    CHECK_EQ(unlink("locked"), 0);
    return 0;
}

static int mask_applies(void) {
    struct stat info;
    const mode_t before = umask(027);
    const int file = open("masked", O_WRONLY | O_CREAT, 0666);
    CHECK(file >= 0);
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_mode & 07777, 0640);
    close(file);
    CHECK_EQ(mkdir("masked-directory", 0777), 0);
    CHECK_EQ(stat("masked-directory", &info), 0);
    CHECK_EQ(info.st_mode & 07777, 0750);
    umask(before);
    CHECK_EQ(unlink("masked"), 0);
    CHECK_EQ(rmdir("masked-directory"), 0);
    return 0;
}

static int change_clears_set_id(void) {
    struct stat info;
    CHECK_EQ(make("set-id", 06755), 0);
    CHECK_EQ(stat("set-id", &info), 0);
    CHECK_EQ(info.st_mode & 07777, 06755);
    CHECK_EQ(chown("set-id", somebody, somebody_group), 0);
    CHECK_EQ(stat("set-id", &info), 0);
    CHECK_EQ(info.st_mode & 07777, 0755);
    CHECK_EQ(unlink("set-id"), 0);
    return 0;
}

static int identities_switch(void) {
    uid_t real, effective, saved;
    CHECK_EQ(setresuid(somebody, other, somebody), 0);
    CHECK_EQ(getresuid(&real, &effective, &saved), 0);
    CHECK(real == somebody && effective == other && saved == somebody);
    CHECK_EQ(seteuid(somebody), 0);
    CHECK_ERROR(seteuid(0), EPERM);
    CHECK_ERROR(setresuid(0, 0, 0), EPERM);
    return 0;
}
static int identities(void) {
    fflush(stdout);
    gid_t groups[3] = {7, 8, 9}, back[5];
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (setgroups(3, groups) != 0 || getgroups(0, NULL) != 3 || getgroups(5, back) != 3 || back[2] != 9) _exit(1);
        if (getgroups(2, back) != -1 || errno != EINVAL) _exit(2);
        _exit(identities_switch() == 0 ? 0 : 3);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    return 0;
}

int main(void) {
    if (getuid() != 0) {
        printf("done 0 ok, 1 failed\n");
        return 1;
    }
    umask(022);
    if (mkdir("perm-test", 0755) != 0 || chmod("perm-test", 0755) != 0 || chdir("perm-test") != 0) return 1;
    RUN(strangers_are_kept_out);
    RUN(group_rights);
    RUN(owners);
    RUN(sticky_directory);
    RUN(root_may);
    RUN(mask_applies);
    RUN(change_clears_set_id);
    RUN(identities);
    if (chdir("..") != 0 || rmdir("perm-test") != 0) printf("FAIL clean_up: something was left\n");
    return guest_done();
}
