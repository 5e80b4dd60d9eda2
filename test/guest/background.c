// What a terminal does to process groups that are not in its foreground. Without a terminal of its own to run on (a host's
// test run) the tests get a session on a pseudo terminal.
#include "guest.h"

#include <sys/ioctl.h>
#include <termios.h>

static int terminal = -1;

// ---- members of a group in the background

static pid_t member_of(pid_t group, void (*body)(void)) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        setpgid(0, group);
        body();
        _exit(0);
    }
    if (child > 0) setpgid(child, group);
    return child;
}
static pid_t in_background(void (*body)(void)) { return member_of(0, body); }

static int stopped_by(pid_t child, int number) {
    int status = 0;
    return waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == number;
}
static int ended_well(pid_t child) {
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
static int killed(pid_t child) {
    return kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child;
}

// Of those in the background who want to change the terminal all the same.
static void set_output_stop(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(how, &set, NULL);
}
// Back in front after a child was there.
static int come_to_front(void) {
    set_output_stop(SIG_BLOCK);
    const int result = tcsetpgrp(terminal, getpgrp());
    set_output_stop(SIG_UNBLOCK);
    return result;
}

static void require(int condition, int code) {
    if (!condition) _exit(code);
}

// ---- input

static void reads(void) {
    char byte;
    const int own = open("/dev/tty", O_RDWR | O_NONBLOCK);
    require(own >= 0, 1);
    require(read(own, &byte, 1) == -1 && errno == EAGAIN, 2);
}
static void waits(void) { pause(); }

static int reading_stops_the_whole_group(void) {
    const pid_t idle = in_background(waits);
    CHECK(idle > 0);
    const pid_t reader = member_of(idle, reads);
    CHECK(reader > 0);
    CHECK(stopped_by(reader, SIGTTIN));
    CHECK(stopped_by(idle, SIGTTIN));
    CHECK(killed(reader));
    CHECK(killed(idle));
    return 0;
}

static int reader_that_is_brought_to_the_front_goes_on(void) {
    const pid_t reader = in_background(reads);
    CHECK(reader > 0);
    CHECK(stopped_by(reader, SIGTTIN));
    CHECK_EQ(kill(reader, SIGCONT), 0);
    CHECK(stopped_by(reader, SIGTTIN));  // it is still behind
    CHECK_EQ(tcsetpgrp(terminal, reader), 0);
    CHECK_EQ(tcgetpgrp(terminal), reader);
    CHECK_EQ(kill(reader, SIGCONT), 0);
    const int well = ended_well(reader);
    CHECK_EQ(come_to_front(), 0);
    CHECK(well);
    return 0;
}

static void reads_nothing(void) {
    char byte;
    require(read(terminal, &byte, 1) == -1 && errno == EIO, 1);
}
static void ignores_input_stop(void) {
    signal(SIGTTIN, SIG_IGN);
    reads_nothing();
}
static void blocks_input_stop(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    reads_nothing();
    require(sigpending(&set) == 0 && !sigismember(&set, SIGTTIN), 2);
}
static int reader_that_cannot_be_stopped_gets_an_error(void) {
    CHECK(ended_well(in_background(ignores_input_stop)));
    CHECK(ended_well(in_background(blocks_input_stop)));
    return 0;
}

static volatile int handled;
static void note(int number) { handled = number; }
static void handles_input_stop(void) {
    char byte;
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGTTIN, &action, NULL);
    require(read(terminal, &byte, 1) == -1 && errno == EINTR && handled == SIGTTIN, 1);
}
static int reader_may_handle_the_signal(void) {
    CHECK(ended_well(in_background(handles_input_stop)));
    return 0;
}

static int report[2];
static void orphan_reads(void) {
    const pid_t parent = getppid();
    const pid_t child = fork();
    if (child != 0) _exit(child < 0);
    while (getppid() == parent) syscall(SYS_sched_yield);
    char byte = read(terminal, &byte, 1) == -1 && errno == EIO ? 'y' : 'n';
    (void)!write(report[1], &byte, 1);
}
static void leaves_an_orphan(void) {
    const pid_t child = in_background(orphan_reads);
    require(child > 0 && ended_well(child), 1);
}
static int orphaned_reader_gets_an_error(void) {
    CHECK_EQ(pipe(report), 0);
    CHECK_CHILD(leaves_an_orphan);
    close(report[1]);
    char answer = 0;
    CHECK_EQ(read(report[0], &answer, 1), 1);
    close(report[0]);
    CHECK_EQ(answer, 'y');
    return 0;
}

// ---- output and settings

static int set_local(tcflag_t set, tcflag_t cleared) {
    struct termios settings;
    if (tcgetattr(terminal, &settings) != 0) return -1;
    settings.c_lflag = (settings.c_lflag | set) & ~cleared;
    return tcsetattr(terminal, TCSANOW, &settings);
}

static void writes(void) { require(write(terminal, "\r", 1) == 1, 1); }
static void ignores_and_writes(void) {
    signal(SIGTTOU, SIG_IGN);
    writes();
}
static int writing_stops_only_where_it_is_wanted(void) {
    CHECK(ended_well(in_background(writes)));
    CHECK_EQ(set_local(TOSTOP, 0), 0);
    const pid_t writer = in_background(writes);
    const int stopped = stopped_by(writer, SIGTTOU), unstoppable = ended_well(in_background(ignores_and_writes));
    CHECK_EQ(set_local(0, TOSTOP), 0);
    CHECK(stopped);
    CHECK(unstoppable);
    CHECK_EQ(kill(writer, SIGCONT), 0);
    CHECK(ended_well(writer));
    return 0;
}

static void changes_settings(void) { require(set_local(0, 0) == 0, 1); }
static void flushes(void) { require(tcflush(terminal, TCIFLUSH) == 0, 1); }
static void comes_to_front(void) { require(tcsetpgrp(terminal, getpgrp()) == 0, 1); }
static void blocks_and_changes(void) {
    set_output_stop(SIG_BLOCK);
    changes_settings();
    flushes();
    require(tcgetpgrp(terminal) == getppid(), 2);
}
static int changing_the_terminal_stops(void) {
    static void (*const changes[])(void) = {changes_settings, flushes, comes_to_front};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; ++i) {
        const pid_t child = in_background(changes[i]);
        CHECK(child > 0);
        CHECK(stopped_by(child, SIGTTOU));
        CHECK(killed(child));
    }
    CHECK_EQ(tcgetpgrp(terminal), getpgrp());
    CHECK(ended_well(in_background(blocks_and_changes)));
    return 0;
}

static void takes_front(void) { require(come_to_front() == 0 && tcgetpgrp(terminal) == getpid(), 1); }
static int front_can_be_taken_with_the_signal_blocked(void) {
    const int well = ended_well(in_background(takes_front));
    CHECK_EQ(come_to_front(), 0);
    CHECK(well);
    return 0;
}

// ---- which group may be in front

static void session_of_its_own(void) {
    require(setsid() > 0, 1);
    (void)!write(report[1], "", 1);
    pause();
}
static int only_a_group_of_the_session_comes_to_the_front(void) {
    char ready;
    const pid_t gone = in_background(waits);
    CHECK(killed(gone));
    CHECK_ERROR(tcsetpgrp(terminal, gone), ESRCH);
    CHECK_EQ(pipe(report), 0);
    fflush(stdout);
    const pid_t foreign = fork();
    CHECK(foreign >= 0);
    if (foreign == 0) session_of_its_own();
    CHECK_EQ(read(report[0], &ready, 1), 1);
    CHECK_ERROR(tcsetpgrp(terminal, foreign), EPERM);
    CHECK_EQ(tcgetpgrp(terminal), getpgrp());
    CHECK(killed(foreign));
    close(report[0]);
    close(report[1]);
    return 0;
}

static void dies(void) {}
static int group_whose_leader_is_a_zombie_may_be_in_front(void) {
    const pid_t leader = in_background(dies);
    CHECK(leader > 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)leader, &info, WEXITED | WNOWAIT), 0);
    CHECK_EQ(tcsetpgrp(terminal, leader), 0);
    CHECK_EQ(come_to_front(), 0);
    CHECK(ended_well(leader));
    return 0;
}

static int run_tests(void) {
    RUN(reading_stops_the_whole_group);
    RUN(reader_that_is_brought_to_the_front_goes_on);
    RUN(reader_that_cannot_be_stopped_gets_an_error);
    RUN(reader_may_handle_the_signal);
    RUN(orphaned_reader_gets_an_error);
    RUN(writing_stops_only_where_it_is_wanted);
    RUN(changing_the_terminal_stops);
    RUN(front_can_be_taken_with_the_signal_blocked);
    RUN(only_a_group_of_the_session_comes_to_the_front);
    RUN(group_whose_leader_is_a_zombie_may_be_in_front);
    return guest_done();
}

static int on_a_pseudo_terminal(void) {
    int zero = 0, number = 0, status = 0;
    char name[32];
    const int far_end = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    if (far_end < 0 || ioctl(far_end, TIOCSPTLCK, &zero) != 0 || ioctl(far_end, TIOCGPTN, &number) != 0) return -1;
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    const pid_t child = fork();
    if (child == 0) {
        if (setsid() < 0 || (terminal = open(name, O_RDWR)) < 0) _exit(2);
        exit(run_tests());
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
    if (isatty(0) && tcgetpgrp(0) == getpgrp()) {
        terminal = 0;
        return run_tests();
    }
    const int result = on_a_pseudo_terminal();
    if (result < 0) printf("FAIL on_a_pseudo_terminal: errno %d\n", errno);
    return result != 0;
}
