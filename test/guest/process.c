// fork, exec, exit, wait, groups and sessions.
#include "guest.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

static char self_path[256];

static int thousand_forks(void) {
    for (int i = 0; i < 1000; ++i) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) _exit(i & 0x7f);
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), i & 0x7f);
    }
    return 0;
}

static int two_hundred_execs(void) {
    for (int i = 0; i < 200; ++i) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            char number[16];
            snprintf(number, sizeof number, "%d", i & 0x7f);
            char *arguments[] = {self_path, "exit-with", number, NULL};
            execv(self_path, arguments);
            _exit(255);
        }
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFEXITED(status));
        CHECK_EQ(WEXITSTATUS(status), i & 0x7f);
    }
    return 0;
}

static int fifty_children_at_once(void) {
    pid_t children[50];
    int gate[2];
    CHECK_EQ(pipe(gate), 0);
    for (int i = 0; i < 50; ++i) {
        children[i] = fork();
        CHECK(children[i] >= 0);
        if (children[i] == 0) {
            char byte;
            close(gate[1]);
            _exit(read(gate[0], &byte, 1) == 0 ? i : 100);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < 50; ++i) {
        int status = 0;
        CHECK_EQ(waitpid(children[i], &status, 0), children[i]);
        CHECK_EQ(WEXITSTATUS(status), i);
    }
    CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
    return 0;
}

static int exec_passes_arguments_and_environment(void) {
    int out[2];
    CHECK_EQ(pipe(out), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(out[1], 1);
        close(out[0]);
        char *arguments[] = {"name", "show", "", "two words", NULL};
        char *environment[] = {"GUEST=value", NULL};
        execve(self_path, arguments, environment);
        _exit(1);
    }
    close(out[1]);
    char text[200];
    size_t length = 0;
    ssize_t part;
    while ((part = read(out[0], text + length, sizeof text - 1 - length)) > 0) length += (size_t)part;
    text[length] = 0;
    close(out[0]);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(strcmp(text, "name|show||two words|value\n"), 0);
    return 0;
}

static int exec_closes_what_is_marked(void) {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (dup2(0, 20) < 0 || dup2(0, 21) < 0) _exit(10);
        fcntl(20, F_SETFD, FD_CLOEXEC);
        char *arguments[] = {self_path, "check-descriptors", NULL};
        execv(self_path, arguments);
        _exit(11);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    return 0;
}

static int write_file(const char *path, const void *content, size_t bytes, mode_t mode) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return -1;
    const ssize_t written = write(file, content, bytes);
    close(file);
    return written == (ssize_t)bytes ? chmod(path, mode) : -1;
}

static int exec_errors(void) {
    char *arguments[] = {"x", NULL};
    CHECK_ERROR(execv("no-such-file", arguments), ENOENT);
    CHECK_ERROR(execv("/", arguments), EACCES);
    CHECK_EQ(write_file("not-executable", "\177ELF", 4, 0644), 0);
    CHECK_ERROR(execv("not-executable", arguments), EACCES);
    CHECK_ERROR(execv("not-executable/x", arguments), ENOTDIR);
    CHECK_EQ(unlink("not-executable"), 0);
    return 0;
}

static int exec_of_garbage(void) {
    char *arguments[] = {"x", NULL};
    unsigned char elf[64] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    const struct { const char *name; size_t bytes; int at, value; } broken[] = {
        {"empty", 0, 0, 0}, {"short magic", 3, 0, 0x7f}, {"text", 64, 0, 'x'}, {"32 bit", 64, 4, 1},
        {"big endian", 64, 5, 2}, {"other machine", 64, 18, 40}, {"object file", 64, 16, 1},
        {"header cut off", 20, 0, 0x7f},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; ++i) {
        unsigned char image[64];
        memcpy(image, elf, sizeof image);
        image[16] = 2;                  // executable
        image[18] = 62;                 // x86-64
        image[20] = 1;
        image[52] = 64;                 // size of this header
        image[54] = 56;                 // size of a program header; there is none
        image[broken[i].at] = (unsigned char)broken[i].value;
        CHECK_EQ(write_file("broken", image, broken[i].bytes, 0755), 0);
        CHECK_ERROR(execv("broken", arguments), ENOEXEC);
    }
    CHECK_EQ(unlink("broken"), 0);
    return 0;
}

// The image of this program, one header field damaged: the error comes back, or the new image dies;
// this process must not be harmed, nor anything else.
static int exec_of_damaged_program(void) {
    const int file = open(self_path, O_RDONLY);
    CHECK(file >= 0);
    const off_t bytes = lseek(file, 0, SEEK_END);
    char *image = malloc((size_t)bytes);
    CHECK(image != NULL);
    CHECK_EQ(pread(file, image, (size_t)bytes, 0), bytes);
    close(file);
    static const int places[] = {24, 31, 32, 38, 54, 56, 64, 68, 72, 80, 86, 87, 96, 102, 103, 104, 110, 111, 120, 126};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        const char before = image[places[i]];
        image[places[i]] = (char)(before ^ 0xff);
        CHECK_EQ(write_file("damaged", image, (size_t)bytes, 0755), 0);
        image[places[i]] = before;
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            char *arguments[] = {"damaged", "exit-with", "7", NULL};
            execv("damaged", arguments);
            _exit(9);
        }
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
    }
    free(image);
    CHECK_EQ(unlink("damaged"), 0);
    return 0;
}

static int script_runs_its_interpreter(void) {
    char text[300];
    const int length = snprintf(text, sizeof text, "#!%s exit-with\n", self_path);
    CHECK_EQ(write_file("12", text, (size_t)length, 0755), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char *arguments[] = {"ignored", NULL};
        execv("12", arguments);  // runs: self exit-with 12
        _exit(1);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 12);
    CHECK_EQ(unlink("12"), 0);
    return 0;
}

static int wait_rules(void) {
    CHECK_ERROR(waitpid(-1, NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(getpid(), NULL, 0), ECHILD);
    CHECK_ERROR(waitpid(-1, NULL, 0x40), EINVAL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        pause();
        _exit(1);
    }
    int status = 1;
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQ(kill(child, SIGSTOP), 0);
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), SIGSTOP);
    CHECK_EQ(kill(child, SIGCONT), 0);
    CHECK_EQ(waitpid(child, &status, WCONTINUED), child);
    CHECK(WIFCONTINUED(status));
    CHECK_EQ(kill(child, SIGKILL), 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGKILL);
    CHECK_ERROR(kill(child, 0), ESRCH);
    return 0;
}

static int orphan_gets_a_new_parent(void) {
    int out[2];
    CHECK_EQ(pipe(out), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const pid_t middle = getpid();
        if (fork() == 0) {
            while (getppid() == middle) syscall(SYS_sched_yield);
            const char result = getppid() != middle ? 'y' : 'n';
            (void)!write(out[1], &result, 1);
        }
        _exit(0);
    }
    close(out[1]);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    char result = 0;
    CHECK_EQ(read(out[0], &result, 1), 1);
    CHECK_EQ(result, 'y');
    close(out[0]);
    return 0;
}

static void session_child(void) {
    if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid()) _exit(1);
    if (setsid() != -1 || errno != EPERM) _exit(2);
    if (setpgid(0, 0) != -1 || errno != EPERM) _exit(3);
}
static int sessions_and_groups(void) {
    CHECK_CHILD(session_child);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    CHECK_EQ(setpgid(child, child), 0);
    CHECK_EQ(getpgid(child), child);
    CHECK_ERROR(setpgid(child, 0x3ffffff), EPERM);
    CHECK_ERROR(setpgid(child, -1), EINVAL);
    CHECK_EQ(kill(-child, SIGTERM), 0);
    int status = 0;
    CHECK_EQ(waitpid(-child, &status, 0), child);
    CHECK_EQ(WTERMSIG(status), SIGTERM);
    return 0;
}

static int vfork_shares_and_waits(void) {
    volatile int shared = 0;
    const pid_t child = vfork();
    CHECK(child >= 0);
    if (child == 0) {
        shared = 5;
        _exit(3);
    }
    CHECK_EQ(shared, 5);
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(WEXITSTATUS(status), 3);
    return 0;
}

static int names_and_identities(void) {
    struct utsname name;
    CHECK_EQ(uname(&name), 0);
    CHECK_EQ(strcmp(name.machine, "x86_64"), 0);
    CHECK(getpid() > 0);
    CHECK_EQ(syscall(SYS_gettid), getpid());
    CHECK_EQ(getuid(), geteuid());
    umask(022);
    CHECK_EQ(umask(022), 022);
    struct rusage usage;
    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    CHECK_ERROR(getrusage(77, &usage), EINVAL);
    return 0;
}

static int child_inherits_descriptor_offset(void) {
    const int file = open("shared-offset", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(write(file, "12345", 5) == 5 ? 0 : 1);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 5);
    close(file);
    CHECK_EQ(unlink("shared-offset"), 0);
    return 0;
}

static int helper(int count, char **arguments) {
    if (strcmp(arguments[1], "exit-with") == 0) {
        // As a script interpreter the last argument is the script's path: its name is the number.
        const char *last = strrchr(arguments[count - 1], '/');
        return atoi(last != NULL ? last + 1 : arguments[count - 1]);
    }
    if (strcmp(arguments[1], "show") == 0) {
        const char *value = getenv("GUEST");
        printf("%s|%s|%s|%s|%s\n", arguments[0], arguments[1], arguments[2], arguments[3], value ? value : "none");
        return 0;
    }
    return fcntl(20, F_GETFD) == -1 && errno == EBADF && fcntl(21, F_GETFD) == 0 ? 0 : 1;
}

int main(int count, char **arguments) {
    if (count > 1) return helper(count, arguments);
    if (arguments[0][0] != '/') {
        if (getcwd(self_path, sizeof self_path - 100) == NULL) return 1;
        strcat(self_path, "/");
    }
    strncat(self_path, arguments[0], sizeof self_path - strlen(self_path) - 1);
    RUN(names_and_identities);
    RUN(thousand_forks);
    RUN(two_hundred_execs);
    RUN(fifty_children_at_once);
    RUN(exec_passes_arguments_and_environment);
    RUN(exec_closes_what_is_marked);
    RUN(exec_errors);
    RUN(exec_of_garbage);
    RUN(exec_of_damaged_program);
    RUN(script_runs_its_interpreter);
    RUN(wait_rules);
    RUN(orphan_gets_a_new_parent);
    RUN(sessions_and_groups);
    RUN(vfork_shares_and_waits);
    RUN(child_inherits_descriptor_offset);
    return guest_done();
}
