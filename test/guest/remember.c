// What a system may remember of names, attributes and content, and when it must not: each test warms the
// memory up by repetition, changes something, and looks again.
#include "guest.h"

static int look(const char *path, struct stat *found) {
    for (int i = 0; i < 3; ++i)
        if (stat(path, found) != 0) return -1;
    return 0;
}

static int make_file(const char *path, const char *text) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    CHECK_EQ(write(file, text, strlen(text)), strlen(text));
    CHECK_EQ(close(file), 0);
    return 0;
}

static int attributes_follow_changes(void) {
    struct stat before, now;
    CHECK_EQ(make_file("file", "four"), 0);
    CHECK_EQ(look("file", &before), 0);
    CHECK_EQ(before.st_size, 4);
    const int file = open("file", O_RDWR | O_APPEND);
    CHECK(file >= 0);
    CHECK_EQ(write(file, "more", 4), 4);
    CHECK_EQ(look("file", &now), 0);
    CHECK_EQ(now.st_size, 8);
    CHECK_EQ(fchmod(file, 0600), 0);
    CHECK_EQ(look("file", &now), 0);
    CHECK_EQ(now.st_mode & 07777, 0600);
    CHECK_EQ(chown("file", 5, 6), 0);
    CHECK_EQ(look("file", &now), 0);
    CHECK(now.st_uid == 5 && now.st_gid == 6);
    CHECK_EQ(ftruncate(file, 3), 0);
    CHECK_EQ(look("file", &now), 0);
    CHECK_EQ(now.st_size, 3);
    const struct timespec times[2] = {{1000, 0}, {2000, 0}};
    CHECK_EQ(futimens(file, times), 0);
    CHECK_EQ(look("file", &now), 0);
    CHECK(now.st_atime == 1000 && now.st_mtime == 2000);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("file"), 0);
    CHECK_ERROR(stat("file", &now), ENOENT);
    return 0;
}

static int links_are_counted(void) {
    struct stat now;
    CHECK_EQ(mkdir("dir", 0755), 0);
    CHECK_EQ(look("dir", &now), 0);
    const long links = (long)now.st_nlink;
    CHECK_EQ(mkdir("dir/sub", 0755), 0);
    CHECK_EQ(look("dir", &now), 0);
    CHECK_EQ(now.st_nlink, links + 1);
    CHECK_EQ(make_file("dir/one", "1"), 0);
    CHECK_EQ(look("dir/one", &now), 0);
    CHECK_EQ(link("dir/one", "dir/two"), 0);
    CHECK_EQ(look("dir/one", &now), 0);
    CHECK_EQ(now.st_nlink, 2);
    CHECK_EQ(look("dir/two", &now), 0);
    CHECK_EQ(unlink("dir/one"), 0);
    CHECK_EQ(look("dir/two", &now), 0);
    CHECK_EQ(now.st_nlink, 1);
    CHECK_EQ(rmdir("dir/sub"), 0);
    CHECK_EQ(look("dir", &now), 0);
    CHECK_EQ(now.st_nlink, links);
    CHECK_EQ(unlink("dir/two"), 0);
    CHECK_EQ(rmdir("dir"), 0);
    return 0;
}

static int names_follow_renames(void) {
    struct stat first, second, now;
    CHECK_EQ(make_file("first", "1"), 0);
    CHECK_EQ(make_file("second", "22"), 0);
    CHECK_EQ(look("first", &first), 0);
    CHECK_EQ(look("second", &second), 0);
    CHECK_EQ(rename("first", "second"), 0);
    CHECK_ERROR(stat("first", &now), ENOENT);
    CHECK_EQ(look("second", &now), 0);
    CHECK_EQ(now.st_ino, first.st_ino);
    CHECK_EQ(mkdir("a", 0755), 0);
    CHECK_EQ(make_file("a/file", "333"), 0);
    CHECK_EQ(look("a/file", &now), 0);
    CHECK_EQ(rename("a", "b"), 0);
    CHECK_ERROR(stat("a/file", &now), ENOENT);
    CHECK_EQ(look("b/file", &now), 0);
    CHECK_EQ(mkdir("a", 0755), 0);
    CHECK_ERROR(open("a/file", O_RDONLY), ENOENT);
    CHECK_EQ(unlink("b/file"), 0);
    CHECK_EQ(rmdir("b"), 0);
    CHECK_EQ(rmdir("a"), 0);
    CHECK_EQ(unlink("second"), 0);
    CHECK_EQ(mkdir("second", 0755), 0);
    CHECK_EQ(look("second", &now), 0);
    CHECK(S_ISDIR(now.st_mode));
    CHECK_ERROR(open("second", O_WRONLY), EISDIR);
    CHECK_EQ(look("second/.", &now), 0);
    CHECK_EQ(look("second/../second/", &now), 0);
    CHECK_EQ(rmdir("second"), 0);
    CHECK_EQ(make_file("second", ""), 0);
    CHECK_ERROR(stat("second/", &now), ENOTDIR);
    CHECK_ERROR(open("second", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK_EQ(unlink("second"), 0);
    return 0;
}

static int content_follows_writes(void) {
    char back[16];
    CHECK_EQ(make_file("file", "0123456789"), 0);
    const int file = open("file", O_RDWR), other = open("file", O_RDONLY);
    CHECK(file >= 0 && other >= 0);
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 4; ++i) {
            CHECK_EQ(pread(other, back, sizeof back, 0), 10);
            CHECK_EQ(memcmp(back, "0123", 4), 0);
            CHECK_EQ(back[5], round == 0 ? '5' : 'a' + round - 1);
        }
        const char letter = (char)('a' + round);
        CHECK_EQ(pwrite(file, &letter, 1, 5), 1);
        CHECK_EQ(pread(other, back, 3, 5), 3);
        CHECK_EQ(back[0], letter);
    }
    CHECK_EQ(ftruncate(file, 4), 0);
    CHECK_EQ(pread(other, back, sizeof back, 0), 4);
    CHECK_EQ(ftruncate(file, 10), 0);
    for (int i = 0; i < 4; ++i) {
        CHECK_EQ(pread(other, back, sizeof back, 0), 10);
        CHECK_EQ(memcmp(back, "0123\0\0\0\0\0\0", 10), 0);
    }
    CHECK_EQ(lseek(other, 8, SEEK_SET), 8);
    CHECK_EQ(read(other, back, sizeof back), 2);
    CHECK_EQ(read(other, back, sizeof back), 0);
    close(file);
    close(other);
    CHECK_EQ(make_file("file", "new"), 0);
    const int again = open("file", O_RDONLY);
    CHECK_EQ(read(again, back, sizeof back), 3);
    CHECK_EQ(memcmp(back, "new", 3), 0);
    close(again);
    CHECK_EQ(unlink("file"), 0);
    return 0;
}

static int permissions_hold_for_known_names(void) {
    struct stat now;
    CHECK_EQ(mkdir("locked", 0755), 0);
    CHECK_EQ(make_file("locked/file", "x"), 0);
    CHECK_EQ(look("locked/file", &now), 0);
    CHECK_EQ(chmod("locked", 0700), 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int wrong = setgid(1000) != 0 || setuid(1000) != 0;
        wrong |= stat("locked/file", &now) == 0 || errno != EACCES;
        wrong |= open("locked/file", O_RDONLY) >= 0 || errno != EACCES;
        wrong |= open("locked/file", O_RDWR | O_CREAT, 0600) >= 0 || errno != EACCES;
        _exit(wrong);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(unlink("locked/file"), 0);
    CHECK_EQ(rmdir("locked"), 0);
    return 0;
}

int main(void) {
    if (mkdir("remember-test", 0755) != 0 || chmod("remember-test", 0755) != 0 || chdir("remember-test") != 0) return 1;
    RUN(attributes_follow_changes);
    RUN(links_are_counted);
    RUN(names_follow_renames);
    RUN(content_follows_writes);
    RUN(permissions_hold_for_known_names);
    if (chdir("..") != 0 || rmdir("remember-test") != 0) printf("FAIL clean_up: something was left\n");
    return guest_done();
}
