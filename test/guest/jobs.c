// Process groups that lose their last tie to their session (POSIX: orphaned), stop and go on; and what a terminal does
// to groups that are not in its foreground, as far as it does.
#include "guest.h"

static int ends[2];

static void tell(int number) {
    const char letter = number == SIGHUP ? 'h' : 'c';
    (void)!write(ends[1], &letter, 1);
}

static int told(char *letters, size_t count) {
    size_t length = 0;
    while (length < count) {
        const ssize_t part = read(ends[0], letters + length, count - length);
        if (part <= 0) return -1;
        length += (size_t)part;
    }
    return 0;
}

// Stops itself in a group of its own; told of the hang-up it ends.
static void stopped_member(int stop) {
    struct sigaction action = {.sa_handler = tell};
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGCONT, &action, NULL);
    setpgid(0, 0);
    raise(stop);
    _exit(0);
}

// The parent of the group, which dies once the group has stopped.
static int tie(int stop) {
    int status = 0;
    fflush(stdout);
    const pid_t member = fork();
    if (member == 0) stopped_member(stop);
    if (member < 0 || waitpid(member, &status, WUNTRACED) != member) return 1;
    return WIFSTOPPED(status) && WSTOPSIG(status) == stop ? 0 : 2;
}

static int hung_up_when_it_stopped_by(int stop) {
    CHECK_EQ(pipe(ends), 0);
    fflush(stdout);
    const pid_t parent = fork();
    CHECK(parent >= 0);
    if (parent == 0) _exit(tie(stop));
    int status = 0;
    CHECK_EQ(waitpid(parent, &status, 0), parent);
    CHECK_EQ(status, 0);
    close(ends[1]);
    char letters[2];
    CHECK_EQ(told(letters, 2), 0);
    CHECK((letters[0] == 'h' && letters[1] == 'c') || (letters[0] == 'c' && letters[1] == 'h'));
    CHECK_EQ(read(ends[0], letters, 1), 0);  // and it has ended
    close(ends[0]);
    return 0;
}
static int stopped_group_is_hung_up_when_it_is_orphaned(void) {
    if (hung_up_when_it_stopped_by(SIGSTOP) != 0) return -1;
    return hung_up_when_it_stopped_by(SIGTSTP);
}

static void stopped_child_dies_in_an_orphaned_group(void) {
    int status = 0;
    if (setsid() < 0) _exit(1);
    const pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(2);
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status)) _exit(3);
    if (kill(child, SIGKILL) != 0 || waitpid(child, &status, 0) != child) _exit(4);
}
static int group_that_was_orphaned_before_is_left_alone(void) {
    CHECK_CHILD(stopped_child_dies_in_an_orphaned_group);
    return 0;
}

static void terminal_stops_come(void) {
    if (setsid() < 0) _exit(1);
    raise(SIGTSTP);
    raise(SIGTTIN);
    raise(SIGTTOU);
}
static int orphaned_group_is_not_stopped_by_the_terminal(void) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        terminal_stops_come();
        _exit(7);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 7);
    return 0;
}

static int continued_child_is_told_once(void) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        setpgid(0, 0);
        raise(SIGTSTP);
        pause();
        _exit(1);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK(WIFSTOPPED(status));
    CHECK_EQ(WSTOPSIG(status), SIGTSTP);
    CHECK_EQ(waitpid(child, &status, WUNTRACED | WNOHANG), 0);
    CHECK_EQ(kill(-child, SIGCONT), 0);
    CHECK_EQ(waitpid(child, &status, WCONTINUED), child);
    CHECK(WIFCONTINUED(status));
    CHECK_EQ(waitpid(child, &status, WCONTINUED | WNOHANG), 0);
    CHECK_EQ(kill(-child, SIGKILL), 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status));
    return 0;
}

static int stopped_child_can_be_killed(void) {
    fflush(stdout);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        raise(SIGSTOP);
        _exit(1);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
    CHECK_EQ(kill(child, SIGTERM), 0);  // waits until it goes on
    CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
    CHECK_EQ(kill(child, SIGCONT), 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    return 0;
}

int main(void) {
    RUN(stopped_group_is_hung_up_when_it_is_orphaned);
    RUN(group_that_was_orphaned_before_is_left_alone);
    RUN(orphaned_group_is_not_stopped_by_the_terminal);
    RUN(continued_child_is_told_once);
    RUN(stopped_child_can_be_killed);
    return guest_done();
}
