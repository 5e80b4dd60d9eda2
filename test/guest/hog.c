// Takes all there is of one kind: memory it touches, content of a file in its directory, pipes that are full, processes.
// `hog KIND` says "taken N" once it is refused, and keeps it until it is killed; who helps it ends with it. Memory is
// refused by killing who asks: then the next one begins. Without an argument it takes a little of each, and lets it go.
#include "guest.h"

enum { piece = 65536, a_little = 4, most = 4096 };

static int alive[2];  // its other end is closed when the hog is dead

// A child that keeps what it has until the hog is gone.
static void keep_until_the_end(void) {
    char byte;
    close(alive[1]);
    _exit(read(alive[0], &byte, 1) != 0);
}

static void say(long taken) {
    printf("taken %ld\n", taken);
    fflush(stdout);
}

// ---- kinds --------------------------------------------------------------------------------------------------

// Pieces of memory until there is none, or `limit`, or nobody wants it.
static long touch_memory(long limit) {
    const pid_t parent = getppid();
    for (long taken = 0; taken < limit && getppid() == parent; ++taken) {
        char *memory = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return taken;
        for (int i = 0; i < piece; i += 4096) memory[i] = 1;
    }
    return limit;
}

static long write_content(long limit) {
    static char content[piece];
    const int file = open("hog.content", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    unlink("hog.content");
    long taken = 0;
    while (file >= 0 && taken < limit && write(file, content, piece) == piece) ++taken;
    return taken;
}

// In this process; the caller makes another one where it has too many descriptors.
static long fill_pipes(long limit) {
    static char content[piece];
    int ends[2];
    long taken = 0;
    while (taken < limit && pipe2(ends, O_NONBLOCK) == 0 && write(ends[1], content, piece) > 0) ++taken;
    return taken;
}

static long make_processes(long limit) {
    for (long taken = 0; taken < limit; ++taken) {
        const pid_t child = fork();
        if (child < 0) return taken;
        if (child == 0) keep_until_the_end();
    }
    return limit;
}

// ---- until it is refused ------------------------------------------------------------------------------------

// One after the other is killed for it; each says what it had.
static void hog_memory(void) {
    for (int first = 1;; first = 0) {
        const pid_t child = fork();
        if (child == 0) {
            close(alive[1]);
            touch_memory(1 << 20);
            _exit(1);
        }
        if (child > 0) waitpid(child, NULL, 0);
        if (first) say(0);
    }
}

// Each process fills as many as it may have open, and says how many that were.
static void hog_pipes(void) {
    long all = 0, taken = 1;
    int answers[2];
    if (pipe(answers) != 0) exit(1);
    while (taken > 0) {
        taken = 0;
        const pid_t child = fork();
        if (child == 0) {
            taken = fill_pipes(most);
            if (write(answers[1], &taken, sizeof taken) != sizeof taken) _exit(1);
            keep_until_the_end();
        }
        if (child < 0 || read(answers[0], &taken, sizeof taken) != sizeof taken) break;
        all += taken;
    }
    say(all);
}

// ---- a little of each ---------------------------------------------------------------------------------------

static int let_go(void) {
    int status = 0, wrong = 0;
    close(alive[1]);
    while (wait(&status) > 0) wrong += status != 0;
    close(alive[0]);
    CHECK_EQ(pipe(alive), 0);
    return wrong;
}
static int memory_is_taken(void) { CHECK_EQ(touch_memory(a_little), a_little); return 0; }
static int content_is_taken(void) { CHECK_EQ(write_content(a_little), a_little); return 0; }
static int pipes_are_taken(void) { CHECK_EQ(fill_pipes(a_little), a_little); return 0; }
static int processes_are_taken(void) {
    CHECK_EQ(make_processes(a_little), a_little);
    CHECK_EQ(let_go(), 0);
    return 0;
}

int main(int count, char **arguments) {
    const char *const kind = count > 1 ? arguments[1] : "";
    if (pipe(alive) != 0) return 1;
    if (strcmp(kind, "memory") == 0) hog_memory();
    if (strcmp(kind, "content") == 0) say(write_content(1 << 20));
    if (strcmp(kind, "pipes") == 0) hog_pipes();
    if (strcmp(kind, "processes") == 0) say(make_processes(most));
    if (*kind != 0)
        for (;;) pause();
    RUN(memory_is_taken);
    RUN(content_is_taken);
    RUN(pipes_are_taken);
    RUN(processes_are_taken);
    return guest_done();
}
