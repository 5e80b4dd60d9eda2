// The table from Linux call numbers (x86-64) to handlers. A test checks that every number routed here is in it.
#include "servers/vfs/calls/dispatch.hpp"

#include "servers/vfs/calls/calls.hpp"

namespace axo::vfs {
namespace {

struct Entry {
    unsigned number;
    Handler handler;
};

constexpr Entry entries[] = {
    {0, call_read},         {1, call_write},        {2, call_open},        {3, call_close},
    {4, call_stat},         {5, call_fstat},        {6, call_lstat},       {7, call_poll},
    {8, call_lseek},        {16, call_ioctl},       {17, call_pread},      {18, call_pwrite},
    {19, call_readv},       {20, call_writev},      {21, call_access},     {22, call_pipe},
    {23, call_select},      {32, call_dup},         {33, call_dup2},       {40, call_sendfile},
    {59, call_execve},      {72, call_fcntl},       {73, call_flock},      {74, call_fsync},
    {75, call_fsync},       {76, call_truncate},    {77, call_ftruncate},  {79, call_getcwd},
    {80, call_chdir},       {81, call_fchdir},      {82, call_rename},     {83, call_mkdir},
    {84, call_rmdir},       {85, call_open},        {86, call_link},       {87, call_unlink},
    {88, call_symlink},     {89, call_readlink},    {90, call_chmod},      {91, call_fchmod},
    {92, call_chown},       {93, call_fchown},      {94, call_lchown},     {95, call_umask},
    {132, call_utime},      {133, call_mknod},      {137, call_statfs},    {138, call_fstatfs},
    {161, call_chroot},     {162, call_sync},       {165, call_mount},     {166, call_umount2},
    {217, call_getdents64}, {221, call_fadvise},    {235, call_utimes},    {257, call_open},
    {258, call_mkdirat},    {259, call_mknodat},    {260, call_fchownat},  {261, call_futimesat},
    {262, call_newfstatat}, {263, call_unlinkat},   {264, call_renameat},  {265, call_linkat},
    {266, call_symlinkat},  {267, call_readlinkat}, {268, call_fchmodat},  {269, call_faccessat},
    {270, call_pselect6},   {271, call_ppoll},      {280, call_utimensat}, {292, call_dup3},
    {293, call_pipe2},      {295, call_preadv},     {296, call_pwritev},   {306, call_syncfs},
    {316, call_renameat2},  {322, call_execveat},   {332, call_statx},     {436, call_close_range},
    {439, call_faccessat2},
};

constexpr auto table = [] {
    std::array<Handler, detail::handler_count> handlers{};
    for (const Entry &entry : entries) handlers[entry.number] = entry.handler;
    return handlers;
}();

}  // namespace

constinit const std::array<Handler, detail::handler_count> detail::handlers = table;

}  // namespace axo::vfs
