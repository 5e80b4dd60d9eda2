// Files and directories: data, offsets, names, links, sizes, times.
#include "guest.h"

#include <dirent.h>
#include <limits.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <utime.h>

static char pattern_at(long offset) { return (char)(offset * 31 + (offset >> 8) * 7); }

static int data_survives(void) {
    enum { bytes = 300000 };
    char *data = malloc(bytes), *back = malloc(bytes);
    CHECK(data && back);
    for (long i = 0; i < bytes; ++i) data[i] = pattern_at(i);
    const int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    for (long done = 0; done < bytes;) {
        const long part = done % 7001 + 1 < bytes - done ? done % 7001 + 1 : bytes - done;
        CHECK_EQ(write(file, data + done, (size_t)part), part);
        done += part;
    }
    CHECK_EQ(lseek(file, 0, SEEK_CUR), bytes);
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    CHECK_EQ(read(file, back, bytes), bytes);
    CHECK_EQ(memcmp(data, back, bytes), 0);
    CHECK_EQ(read(file, back, 10), 0);
    CHECK_EQ(pread(file, back, 100, bytes - 50), 50);
    CHECK_EQ(memcmp(back, data + bytes - 50, 50), 0);
    CHECK_EQ(pread(file, back, 100, bytes + 50), 0);
    CHECK_EQ(pwrite(file, "!", 1, 1000), 1);
    CHECK_EQ(pread(file, back, 3, 999), 3);
    CHECK(back[0] == data[999] && back[1] == '!' && back[2] == data[1001]);
    CHECK_EQ(fsync(file), 0);
    CHECK_EQ(close(file), 0);
    CHECK_ERROR(close(file), EBADF);
    CHECK_EQ(unlink("data"), 0);
    free(data);
    free(back);
    return 0;
}

static int advice_is_checked(void) {
    const int file = open("advice", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    char text[8];
    CHECK_EQ(write(file, "advised", 8), 8);
    for (int i = 0; i < 3; ++i) CHECK_EQ(pread(file, text, 8, 0), 8);
    for (int advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; ++advice) {
        CHECK_EQ(posix_fadvise(file, 0, 0, advice), 0);
        memset(text, 0, 8);
        CHECK_EQ(pread(file, text, 8, 0), 8);
        CHECK_EQ(memcmp(text, "advised", 8), 0);
    }
    CHECK_EQ(posix_fadvise(file, 0, 0, 6), EINVAL);
    CHECK_EQ(posix_fadvise(file, 0, -1, POSIX_FADV_NORMAL), EINVAL);
    CHECK_EQ(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL), EBADF);
    int ends[2];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
    CHECK_EQ(close(ends[0]), 0);
    CHECK_EQ(close(ends[1]), 0);
    const int path = open("advice", O_PATH);
    CHECK_EQ(posix_fadvise(path, 0, 0, POSIX_FADV_NORMAL), EBADF);
    CHECK_EQ(close(path), 0);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("advice"), 0);
    return 0;
}

static int holes_read_as_zeros(void) {
    const int file = open("sparse", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    struct stat info;
    CHECK_EQ(pwrite(file, "end", 3, 5000000), 3);
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_size, 5000003);
    CHECK(info.st_blocks < 5000003 / 512);
    char text[100];
    CHECK_EQ(pread(file, text, 100, 2500000), 100);
    for (int i = 0; i < 100; ++i) CHECK_EQ(text[i], 0);
    CHECK_EQ(pread(file, text, 100, 4999999), 4);
    CHECK_EQ(memcmp(text, "\0end", 4), 0);
    CHECK_EQ(lseek(file, -3, SEEK_END), 5000000);
    CHECK_EQ(lseek(file, 100, SEEK_END), 5000103);
    CHECK_ERROR(lseek(file, -1, SEEK_SET), EINVAL);
    CHECK_ERROR(lseek(file, 0, 99), EINVAL);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("sparse"), 0);
    return 0;
}

static int truncation(void) {
    const int file = open("short", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    struct stat info;
    char text[20];
    CHECK_EQ(write(file, "0123456789", 10), 10);
    CHECK_EQ(ftruncate(file, 4), 0);
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_size, 4);
    CHECK_EQ(ftruncate(file, 8), 0);
    CHECK_EQ(pread(file, text, 20, 0), 8);
    CHECK_EQ(memcmp(text, "0123\0\0\0\0", 8), 0);
    CHECK_EQ(truncate("short", 1), 0);
    CHECK_EQ(pread(file, text, 20, 0), 1);
    CHECK_ERROR(ftruncate(file, -1), EINVAL);
    CHECK_ERROR(truncate("no-such", 1), ENOENT);
    CHECK_ERROR(truncate(".", 1), EISDIR);
    CHECK_EQ(close(file), 0);
    const int reader = open("short", O_RDONLY);
    CHECK(reader >= 0);
    CHECK_ERROR(ftruncate(reader, 0), EINVAL);
    CHECK_ERROR(write(reader, "x", 1), EBADF);
    CHECK_EQ(close(reader), 0);
    CHECK_EQ(unlink("short"), 0);
    return 0;
}

static int open_flags(void) {
    int file = open("flags", O_WRONLY | O_CREAT | O_EXCL, 0644);
    CHECK(file >= 0);
    CHECK_ERROR(read(file, &file, 1), EBADF);
    CHECK_EQ(write(file, "abc", 3), 3);
    CHECK_EQ(close(file), 0);
    CHECK_ERROR(open("flags", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    file = open("flags", O_WRONLY | O_APPEND);
    CHECK(file >= 0);
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    CHECK_EQ(write(file, "de", 2), 2);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 5);
    CHECK_EQ(fcntl(file, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
    CHECK_EQ(close(file), 0);
    file = open("flags", O_RDWR | O_TRUNC);
    struct stat info;
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_size, 0);
    CHECK_EQ(close(file), 0);
    CHECK_ERROR(open("flags", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_ERROR(open("flags/x", O_RDONLY), ENOTDIR);
    CHECK_ERROR(open("no-such", O_RDONLY), ENOENT);
    CHECK_ERROR(open("", O_RDONLY), ENOENT);
    CHECK_ERROR(open(".", O_WRONLY), EISDIR);
    CHECK_EQ(unlink("flags"), 0);
    return 0;
}

static int descriptors(void) {
    const int file = open("dup", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    const int copy = dup(file);
    CHECK(copy > file);
    CHECK_EQ(write(copy, "abc", 3), 3);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 3);
    CHECK_EQ(dup2(file, 30), 30);
    CHECK_EQ(dup2(file, file), file);
    CHECK_ERROR(dup2(99, 30), EBADF);
    CHECK_ERROR(dup2(file, -1), EBADF);
    CHECK_EQ(fcntl(file, F_DUPFD, 40), 40);
    CHECK_EQ(fcntl(file, F_DUPFD_CLOEXEC, 40), 41);
    CHECK_EQ(fcntl(41, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(40, F_GETFD), 0);
    CHECK_ERROR(syscall(SYS_dup3, file, file, 0), EINVAL);
    for (int open_one = 30; open_one <= 41; ++open_one) close(open_one);
    CHECK_EQ(close(copy), 0);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("dup"), 0);
    return 0;
}

static int unlinked_file_lives_while_open(void) {
    const int file = open("ghost", O_RDWR | O_CREAT, 0644);
    CHECK(file >= 0);
    CHECK_EQ(unlink("ghost"), 0);
    CHECK_ERROR(open("ghost", O_RDONLY), ENOENT);
    CHECK_EQ(write(file, "alive", 5), 5);
    char text[5];
    CHECK_EQ(pread(file, text, 5, 0), 5);
    CHECK_EQ(memcmp(text, "alive", 5), 0);
    struct stat info;
    CHECK_EQ(fstat(file, &info), 0);
    CHECK_EQ(info.st_nlink, 0);
    CHECK_EQ(close(file), 0);
    return 0;
}

static int touch(const char *path) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return -1;
    const ssize_t written = write(file, path, strlen(path));
    close(file);
    return written < 0 ? -1 : 0;
}
static int holds(const char *path, const char *text) {
    char content[100] = {0};
    const int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    const ssize_t bytes = read(file, content, sizeof content - 1);
    close(file);
    return bytes >= 0 && strcmp(content, text) == 0;
}

static int hard_links(void) {
    struct stat first, second;
    CHECK_EQ(touch("one"), 0);
    CHECK_EQ(link("one", "two"), 0);
    CHECK_EQ(stat("one", &first), 0);
    CHECK_EQ(stat("two", &second), 0);
    CHECK_EQ(first.st_ino, second.st_ino);
    CHECK_EQ(first.st_nlink, 2);
    CHECK_ERROR(link("one", "two"), EEXIST);
    CHECK_ERROR(link("no-such", "three"), ENOENT);
    CHECK_EQ(mkdir("directory", 0755), 0);
    CHECK_ERROR(link("directory", "three"), EPERM);
    CHECK_EQ(unlink("one"), 0);
    CHECK(holds("two", "one"));
    CHECK_EQ(unlink("two"), 0);
    CHECK_EQ(rmdir("directory"), 0);
    return 0;
}

static int symbolic_links(void) {
    char text[100];
    struct stat info;
    CHECK_EQ(touch("target"), 0);
    CHECK_EQ(symlink("target", "pointer"), 0);
    CHECK(holds("pointer", "target"));
    CHECK_EQ(readlink("pointer", text, sizeof text), 6);
    CHECK_EQ(memcmp(text, "target", 6), 0);
    CHECK_EQ(readlink("pointer", text, 3), 3);
    CHECK_ERROR(readlink("target", text, sizeof text), EINVAL);
    CHECK_EQ(lstat("pointer", &info), 0);
    CHECK(S_ISLNK(info.st_mode));
    CHECK_EQ(info.st_size, 6);
    CHECK_EQ(stat("pointer", &info), 0);
    CHECK(S_ISREG(info.st_mode));
    CHECK_ERROR(open("pointer", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_EQ(symlink("circle-b", "circle-a"), 0);
    CHECK_EQ(symlink("circle-a", "circle-b"), 0);
    CHECK_ERROR(open("circle-a", O_RDONLY), ELOOP);
    CHECK_EQ(symlink("nowhere", "dangling"), 0);
    CHECK_ERROR(open("dangling", O_RDONLY), ENOENT);
    CHECK_ERROR(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK_EQ(touch("dangling"), 0);
    CHECK(holds("nowhere", "dangling"));
    // Longer than fits into an inode.
    char far_away[151];
    memset(far_away, 'x', 150);
    far_away[150] = 0;
    CHECK_EQ(symlink(far_away, "far"), 0);
    char back[200];
    CHECK_EQ(readlink("far", back, sizeof back), 150);
    CHECK_EQ(memcmp(back, far_away, 150), 0);
    for (const char **name = (const char *[]){"target", "pointer", "circle-a", "circle-b", "dangling", "nowhere", "far", NULL}; *name; ++name)
        CHECK_EQ(unlink(*name), 0);
    return 0;
}

static int renaming(void) {
    struct stat info;
    CHECK_EQ(touch("old"), 0);
    CHECK_EQ(rename("old", "new"), 0);
    CHECK_ERROR(stat("old", &info), ENOENT);
    CHECK(holds("new", "old"));
    CHECK_EQ(touch("victim"), 0);
    CHECK_EQ(rename("new", "victim"), 0);
    CHECK(holds("victim", "old"));
    CHECK_EQ(rename("victim", "victim"), 0);
    CHECK_ERROR(rename("no-such", "x"), ENOENT);
    CHECK_EQ(mkdir("a", 0755), 0);
    CHECK_EQ(mkdir("a/b", 0755), 0);
    CHECK_ERROR(rename("a", "a/b/c"), EINVAL);
    CHECK_ERROR(rename("a", "victim"), ENOTDIR);
    CHECK_ERROR(rename("victim", "a"), EISDIR);
    CHECK_EQ(mkdir("d", 0755), 0);
    CHECK_EQ(rename("victim", "d/victim"), 0);
    CHECK_ERROR(rename("a", "d"), ENOTEMPTY);
    CHECK_EQ(rename("a/b", "d/b"), 0);
    CHECK_EQ(stat("d/b/..", &info), 0);
    struct stat parent;
    CHECK_EQ(stat("d", &parent), 0);
    CHECK_EQ(info.st_ino, parent.st_ino);
    CHECK_EQ(parent.st_nlink, 3);
    CHECK_EQ(rename("d/b", "a"), 0);  // onto an empty directory
    CHECK_EQ(rmdir("a"), 0);
    CHECK_EQ(unlink("d/victim"), 0);
    CHECK_EQ(rmdir("d"), 0);
    return 0;
}

static int directories(void) {
    char name[40];
    CHECK_EQ(mkdir("many", 0755), 0);
    CHECK_ERROR(mkdir("many", 0755), EEXIST);
    CHECK_ERROR(mkdir("no-such/x", 0755), ENOENT);
    for (int i = 0; i < 300; ++i) {
        snprintf(name, sizeof name, "many/entry-with-a-name-%d", i);
        CHECK_EQ(touch(name), 0);
    }
    CHECK_ERROR(rmdir("many"), ENOTEMPTY);
    CHECK_ERROR(unlink("many"), EISDIR);
    DIR *directory = opendir("many");
    CHECK(directory != NULL);
    static char seen[300];
    int dots = 0, entries = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        int number;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) ++dots;
        else if (sscanf(entry->d_name, "entry-with-a-name-%d", &number) == 1 && !seen[number]++) ++entries;
    }
    CHECK_EQ(dots, 2);
    CHECK_EQ(entries, 300);
    rewinddir(directory);
    CHECK(readdir(directory) != NULL);
    CHECK_ERROR(read(dirfd(directory), name, 10), EISDIR);
    closedir(directory);
    for (int i = 0; i < 300; ++i) {
        snprintf(name, sizeof name, "many/entry-with-a-name-%d", i);
        CHECK_EQ(unlink(name), 0);
    }
    CHECK_EQ(rmdir("many"), 0);
    CHECK_ERROR(rmdir("many"), ENOENT);
    CHECK_ERROR(rmdir("."), EINVAL);
    return 0;
}

static int working_directory(void) {
    char before[PATH_MAX], inside[PATH_MAX];
    CHECK(getcwd(before, sizeof before) != NULL);
    CHECK_EQ(mkdir("place", 0755), 0);
    CHECK_EQ(chdir("place"), 0);
    CHECK(getcwd(inside, sizeof inside) != NULL);
    CHECK_EQ(strncmp(inside, before, strlen(before)), 0);
    CHECK_EQ(strcmp(inside + strlen(inside) - 6, "/place"), 0);
    CHECK_ERROR((long)getcwd(inside, 3) == 0 ? -1 : 0, ERANGE);
    CHECK_EQ(touch("../outside"), 0);
    CHECK_EQ(chdir(".."), 0);
    CHECK(holds("outside", "../outside"));
    CHECK(holds("./place/../outside", "../outside"));
    CHECK_ERROR(chdir("outside"), ENOTDIR);
    const int at = open("place", O_RDONLY | O_DIRECTORY);
    CHECK(at >= 0);
    const int file = openat(at, "by-at", O_WRONLY | O_CREAT, 0644);
    CHECK(file >= 0);
    CHECK_EQ(close(file), 0);
    struct stat info;
    CHECK_EQ(fstatat(at, "by-at", &info, 0), 0);
    CHECK_ERROR(fstatat(77, "by-at", &info, 0), EBADF);
    CHECK_EQ(unlinkat(at, "by-at", 0), 0);
    CHECK_EQ(close(at), 0);
    CHECK_EQ(rmdir("place"), 0);
    CHECK_EQ(unlink("outside"), 0);
    return 0;
}

static int long_names(void) {
    char name[300], path[5000];
    memset(name, 'n', sizeof name);
    name[255] = 0;
    CHECK_EQ(touch(name), 0);
    CHECK_EQ(unlink(name), 0);
    name[255] = 'n';
    name[256] = 0;
    CHECK_ERROR(open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG);
    memset(path, '/', sizeof path);
    path[4999] = 0;
    CHECK_ERROR(open(path, O_RDONLY), ENAMETOOLONG);
    return 0;
}

static int vectors(void) {
    const int file = open("vector", O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0);
    char first[3], second[4], third[10];
    const struct iovec out[] = {{"abc", 3}, {"", 0}, {"defgh", 5}};
    const struct iovec in[] = {{first, 3}, {second, 4}, {third, 10}};
    CHECK_EQ(writev(file, out, 3), 8);
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    CHECK_EQ(readv(file, in, 3), 8);
    CHECK(memcmp(first, "abc", 3) == 0 && memcmp(second, "defg", 4) == 0 && third[0] == 'h');
    CHECK_ERROR(readv(file, in, -1), EINVAL);
    CHECK_ERROR(readv(file, in, 2000), EINVAL);
    CHECK_EQ(close(file), 0);
    CHECK_EQ(unlink("vector"), 0);
    return 0;
}

static int times(void) {
    struct stat info;
    CHECK_EQ(touch("dated"), 0);
    const struct utimbuf dates = {1000000, 2000000};
    CHECK_EQ(utime("dated", &dates), 0);
    CHECK_EQ(stat("dated", &info), 0);
    CHECK_EQ(info.st_atime, 1000000);
    CHECK_EQ(info.st_mtime, 2000000);
    CHECK_EQ(touch("dated"), 0);
    CHECK_EQ(stat("dated", &info), 0);
    CHECK(info.st_mtime > 2000000);
    CHECK_EQ(unlink("dated"), 0);
    return 0;
}

static int devices(void) {
    char text[10000];
    int file = open("/dev/zero", O_RDONLY);
    CHECK(file >= 0);
    memset(text, 1, sizeof text);
    CHECK_EQ(read(file, text, sizeof text), (long)sizeof text);
    for (size_t i = 0; i < sizeof text; ++i) CHECK_EQ(text[i], 0);
    CHECK_EQ(close(file), 0);
    file = open("/dev/null", O_RDWR);
    CHECK(file >= 0);
    CHECK_EQ(write(file, text, sizeof text), (long)sizeof text);
    CHECK_EQ(read(file, text, sizeof text), 0);
    CHECK_EQ(close(file), 0);
    file = open("/dev/full", O_RDWR);
    CHECK(file >= 0);
    CHECK_ERROR(write(file, text, 1), ENOSPC);
    CHECK_EQ(close(file), 0);
    return 0;
}

static int many_open_files(void) {
    static int files[200];
    for (int i = 0; i < 200; ++i) {
        files[i] = open("/dev/null", O_RDONLY);
        CHECK(files[i] >= 0);
    }
    for (int i = 0; i < 200; ++i) CHECK_EQ(close(files[i]), 0);
    struct statfs info;
    CHECK_EQ(statfs(".", &info), 0);
    CHECK(info.f_bsize > 0 && info.f_blocks > 0);
    return 0;
}

int main(void) {
    if (mkdir("file-test", 0755) != 0 || chdir("file-test") != 0) return 1;
    RUN(data_survives);
    RUN(advice_is_checked);
    RUN(holes_read_as_zeros);
    RUN(truncation);
    RUN(open_flags);
    RUN(descriptors);
    RUN(unlinked_file_lives_while_open);
    RUN(hard_links);
    RUN(symbolic_links);
    RUN(renaming);
    RUN(directories);
    RUN(working_directory);
    RUN(long_names);
    RUN(vectors);
    RUN(times);
    RUN(devices);
    RUN(many_open_files);
    if (chdir("..") != 0 || rmdir("file-test") != 0) printf("FAIL clean_up: something was left\n");
    return guest_done();
}
