// Programs that run as their owner or group, what their children and they themselves may do, and what takes the bits
// away again. Needs root. The program itself is what is run: a copy of it, with the bits, tells who it is.
#include "as_user.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/fsuid.h>

enum { owner = 1000, owner_group = 1100, caller = 2000, caller_group = 2200, stranger = 3000 };

static char self_path[300];

// What a program that was run finds itself to be; it is written to descriptor 1.
struct identity {
    int uid[3], gid[3];  // real, effective, saved
    int file_uid, secure, child_effective, opens_secret, may_access_secret, groups;
};

static void find_out(struct identity *found) {
    memset(found, 0, sizeof *found);
    uid_t uid[3];
    gid_t gid[3];
    if (getresuid(&uid[0], &uid[1], &uid[2]) != 0 || getresgid(&gid[0], &gid[1], &gid[2]) != 0) _exit(40);
    for (int i = 0; i < 3; ++i) {
        found->uid[i] = (int)uid[i];
        found->gid[i] = (int)gid[i];
    }
    found->file_uid = setfsuid((uid_t)-1);
    found->secure = (int)getauxval(AT_SECURE);
    found->groups = getgroups(0, NULL);
    const int secret = open("secret", O_RDONLY);
    found->opens_secret = secret >= 0;
    if (secret >= 0) close(secret);
    found->may_access_secret = access("secret", R_OK) == 0;
    int status = 0;
    const pid_t child = fork();
    if (child == 0) _exit((int)(geteuid() >> 4));  // an exit status has eight bits
    if (child < 0 || waitpid(child, &status, 0) != child) _exit(41);
    found->child_effective = WEXITSTATUS(status);
}

static int told(int argument_count, char **arguments) {
    struct identity found;
    if (argument_count > 2 && strcmp(arguments[2], "drop") == 0 && seteuid(getuid()) != 0) return 42;
    if (argument_count > 2 && strcmp(arguments[2], "wait") == 0) {
        if (geteuid() != owner || write(1, "x", 1) != 1) return 46;
        pause();
    }
    find_out(&found);
    if (argument_count > 2 && strcmp(arguments[2], "again") == 0) {
        char *plain[] = {"plain", "tell", NULL};
        execv("plain", plain);
        return 43;
    }
    return write(1, &found, sizeof found) == sizeof found ? 0 : 44;
}

static int copy_self(const char *path, uid_t uid, gid_t gid, mode_t mode) {
    static char buffer[65536];
    const int from = open(self_path, O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
    CHECK(from >= 0 && to >= 0);
    ssize_t part;
    while ((part = read(from, buffer, sizeof buffer)) > 0) CHECK_EQ(write(to, buffer, (size_t)part), part);
    CHECK_EQ(part, 0);
    close(from);
    close(to);
    CHECK_EQ(chown(path, uid, gid), 0);
    CHECK_EQ(chmod(path, mode), 0);
    return 0;
}

static int run(const char *path, char *how, struct identity *found) {
    int out[2];
    CHECK_EQ(pipe(out), 0);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(out[1], 1);
        char *arguments[] = {"told", "tell", how, NULL};
        execv(path, arguments);
        _exit(45);
    }
    close(out[1]);
    const ssize_t bytes = read(out[0], found, sizeof *found);
    close(out[0]);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(bytes, sizeof *found);
    return 0;
}
#define RUN_PROGRAM(path, how, found)            \
    do {                                         \
        if (run(path, how, found) != 0) return -1; \
    } while (0)
#define CHECK_THREE(ids, real, effective, saved) \
    do {                                         \
        CHECK_EQ((ids)[0], real);                \
        CHECK_EQ((ids)[1], effective);           \
        CHECK_EQ((ids)[2], saved);               \
    } while (0)

static int runs_as_its_owner(void) {
    struct identity found;
    RUN_PROGRAM("user", NULL, &found);
    CHECK_THREE(found.uid, caller, owner, owner);
    CHECK_THREE(found.gid, caller_group, caller_group, caller_group);
    CHECK_EQ(found.file_uid, owner);
    CHECK_EQ(found.secure, 1);
    CHECK_EQ(found.child_effective, owner >> 4);
    CHECK_EQ(found.opens_secret, 1);
    CHECK_EQ(found.may_access_secret, 0);  // access() asks for the real user
    CHECK_EQ(geteuid(), caller);
    return 0;
}

static int runs_with_its_group(void) {
    struct identity found;
    RUN_PROGRAM("group", NULL, &found);
    CHECK_THREE(found.uid, caller, caller, caller);
    CHECK_THREE(found.gid, caller_group, owner_group, owner_group);
    CHECK_EQ(found.secure, 1);
    CHECK_EQ(found.groups, 0);
    RUN_PROGRAM("both", NULL, &found);
    CHECK_THREE(found.uid, caller, owner, owner);
    CHECK_THREE(found.gid, caller_group, owner_group, owner_group);
    // Without group execution the bit means something else (mandatory locks, once).
    RUN_PROGRAM("group-without-x", NULL, &found);
    CHECK_THREE(found.gid, caller_group, caller_group, caller_group);
    CHECK_EQ(found.secure, 0);
    return 0;
}

static int privilege_is_dropped_and_regained(void) {
    struct identity found;
    RUN_PROGRAM("user", "drop", &found);
    CHECK_THREE(found.uid, caller, caller, owner);
    CHECK_EQ(found.opens_secret, 0);
    CHECK_EQ(found.child_effective, caller >> 4);
    return 0;
}

static int next_program_keeps_the_effective_user(void) {
    struct identity found;
    RUN_PROGRAM("user", "again", &found);
    CHECK_THREE(found.uid, caller, owner, owner);
    CHECK_EQ(found.secure, 1);
    return 0;
}

static int script_does_not_run_as_its_owner(void) {
    struct identity found;
    char *arguments[] = {"script", NULL};
    int out[2], status = 0;
    CHECK_EQ(pipe(out), 0);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        execv("script", arguments);
        _exit(45);
    }
    close(out[1]);
    CHECK_EQ(read(out[0], &found, sizeof found), sizeof found);
    close(out[0]);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_THREE(found.uid, caller, caller, caller);
    CHECK_EQ(found.secure, 0);
    return 0;
}

static int who_started_it_may_end_it(void) {
    int out[2];
    char byte;
    CHECK_EQ(pipe(out), 0);
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(out[1], 1);
        char *arguments[] = {"told", "tell", "wait", NULL};
        execv("user", arguments);
        _exit(45);
    }
    close(out[1]);
    CHECK_EQ(read(out[0], &byte, 1), 1);
    close(out[0]);
    CHECK_EQ(kill(child, SIGTERM), 0);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    return 0;
}

static int mode_of(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 ? (int)(info.st_mode & 07777) : -1;
}

static int writer_takes_the_bits_away(void) {
    const int file = open("writable", O_WRONLY);
    CHECK(file >= 0);
    CHECK_EQ(mode_of("writable"), 06777);
    CHECK_EQ(write(file, "x", 1), 1);
    CHECK_EQ(mode_of("writable"), 0777);
    close(file);
    CHECK_EQ(mode_of("cut"), 06777);
    CHECK_EQ(truncate("cut", 1), 0);
    CHECK_EQ(mode_of("cut"), 0777);
    return 0;
}

static int as_caller(int (*test)(void)) { return as_user(caller, caller_group, test); }

static int make_programs(void) {
    CHECK_EQ(copy_self("user", owner, owner_group, 04755), 0);
    CHECK_EQ(copy_self("group", owner, owner_group, 02755), 0);
    CHECK_EQ(copy_self("both", owner, owner_group, 06755), 0);
    CHECK_EQ(copy_self("group-without-x", owner, owner_group, 02745), 0);
    CHECK_EQ(copy_self("plain", owner, owner_group, 0755), 0);
    const int secret = open("secret", O_WRONLY | O_CREAT | O_EXCL, 0400);
    CHECK(secret >= 0);
    CHECK_EQ(fchown(secret, owner, owner_group), 0);
    close(secret);
    char line[400];
    snprintf(line, sizeof line, "#!%s tell-script\n", self_path);
    const int script = open("script", O_WRONLY | O_CREAT | O_EXCL, 0700);
    CHECK(script >= 0);
    CHECK_EQ(write(script, line, strlen(line)), (ssize_t)strlen(line));
    close(script);
    CHECK_EQ(chown("script", owner, owner_group), 0);
    CHECK_EQ(chmod("script", 06755), 0);
    return 0;
}

static int program_runs_as_its_owner(void) { return as_caller(runs_as_its_owner); }
static int program_runs_with_its_group(void) { return as_caller(runs_with_its_group); }
static int program_drops_what_it_has(void) { return as_caller(privilege_is_dropped_and_regained); }
static int effective_user_survives_exec(void) { return as_caller(next_program_keeps_the_effective_user); }
static int script_is_run_as_who_calls(void) { return as_caller(script_does_not_run_as_its_owner); }
static int real_user_may_signal(void) { return as_caller(who_started_it_may_end_it); }

static int set_id_root_program_may_go_back(void) {
    fflush(stdout);
    CHECK_EQ(copy_self("root", 0, 0, 04755), 0);
    struct identity found;
    CHECK_EQ(run("root", "drop", &found), 0);  // root runs root's: nothing changes
    CHECK_THREE(found.uid, 0, 0, 0);
    CHECK_EQ(found.secure, 0);
    CHECK_EQ(unlink("root"), 0);
    return 0;
}

static int owner_is_told_from_root(void) {
    struct identity found;
    RUN_PROGRAM("user", NULL, &found);
    CHECK_THREE(found.uid, 0, owner, owner);
    CHECK_EQ(found.secure, 1);
    CHECK_EQ(found.child_effective, owner >> 4);
    return 0;
}

static int write_clears_set_id(void) {
    for (int i = 0; i < 2; ++i) {
        const char *path = i == 0 ? "writable" : "cut";
        const int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        CHECK(file >= 0);
        CHECK_EQ(write(file, "1234", 4), 4);
        close(file);
        CHECK_EQ(chmod(path, 06777), 0);
    }
    if (as_caller(writer_takes_the_bits_away) != 0) return -1;
    CHECK_EQ(unlink("writable"), 0);
    CHECK_EQ(unlink("cut"), 0);
    return 0;
}

// ---- directories whose content has their group ------------------------------------------------

static int stranger_creates(void) {
    struct stat info;
    const mode_t before = umask(0);
    const int file = open("shared/file", O_WRONLY | O_CREAT | O_EXCL, 02777);
    CHECK(file >= 0);
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_gid, owner_group);
    CHECK_EQ(info.st_mode & 07777, 0777);  // not a member: no program with the group's rights
    close(file);
    CHECK_EQ(mkdir("shared/directory", 0777), 0);
    CHECK_EQ(stat("shared/directory", &info), 0);
    CHECK_EQ(info.st_gid, owner_group);
    CHECK_EQ(info.st_mode & 07777, 02777);
    CHECK_EQ(mknod("shared/fifo", S_IFIFO | 02777, 0), 0);
    CHECK_EQ(stat("shared/fifo", &info), 0);
    CHECK_EQ(info.st_gid, owner_group);
    CHECK_EQ(info.st_mode & 07777, 0777);
    CHECK_EQ(symlink("nowhere", "shared/link"), 0);
    CHECK_EQ(lstat("shared/link", &info), 0);
    CHECK_EQ(info.st_gid, owner_group);
    // Nor does a change of the mode give it.
    CHECK_EQ(chmod("shared/file", 02755), 0);
    CHECK_EQ(mode_of("shared/file"), 0755);
    umask(before);
    return 0;
}
static int member_creates(void) {
    struct stat info;
    const mode_t before = umask(0);
    const int file = open("shared/program", O_WRONLY | O_CREAT | O_EXCL, 02777);
    CHECK(file >= 0);
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_gid, owner_group);
    CHECK_EQ(info.st_mode & 07777, 02777);
    close(file);
    CHECK_EQ(unlink("shared/program"), 0);
    umask(before);
    return 0;
}
static int directory_gives_its_group(void) {
    CHECK_EQ(mkdir("shared", 0700), 0);
    CHECK_EQ(chown("shared", owner, owner_group), 0);
    CHECK_EQ(chmod("shared", 02777), 0);
    if (as_user(stranger, stranger, stranger_creates) != 0) return -1;
    if (as_user(stranger, owner_group, member_creates) != 0) return -1;
    CHECK_EQ(unlink("shared/file"), 0);
    CHECK_EQ(unlink("shared/fifo"), 0);
    CHECK_EQ(unlink("shared/link"), 0);
    CHECK_EQ(rmdir("shared/directory"), 0);
    CHECK_EQ(rmdir("shared"), 0);
    return 0;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "tell") == 0) return told(count, arguments);
    if (count > 1 && strcmp(arguments[1], "tell-script") == 0) return told(2, arguments);
    umask(022);
    if (getuid() != 0 || realpath(arguments[0], self_path) == NULL || mkdir("setid-test", 0755) != 0 || chdir("setid-test") != 0 || make_programs() != 0) {
        printf("FAIL set_up: %s\n", guest_reason);
        return 1;
    }
    RUN(program_runs_as_its_owner);
    RUN(program_runs_with_its_group);
    RUN(program_drops_what_it_has);
    RUN(effective_user_survives_exec);
    RUN(script_is_run_as_who_calls);
    RUN(real_user_may_signal);
    RUN(set_id_root_program_may_go_back);
    RUN(owner_is_told_from_root);
    RUN(write_clears_set_id);
    RUN(directory_gives_its_group);
    static const char *const made[] = {"user", "group", "both", "group-without-x", "plain", "secret", "script"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; ++i) unlink(made[i]);
    if (chdir("..") != 0 || rmdir("setid-test") != 0) printf("FAIL clean_up: something was left\n");
    return guest_done();
}
