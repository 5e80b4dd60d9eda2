// Requests of procfs: what only VFS knows of a process, and the mounts.
#include "lib/sys/kernel.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/mount/mount_work.hpp"
#include "servers/vfs/path/directory_path.hpp"

namespace axo::vfs {
namespace {

/// Copies from the memory of a process, which is brought in if need be. Errors: fault, io, no_memory, no_process.
sef::Async<Status> fetch(Ref<Process> process, VirtAddr from, std::byte *to, std::uint64_t bytes) {
    static constexpr unsigned attempts = 8;  // memory may be taken away again before we copy
    for (unsigned i = 0; i < attempts; ++i) {
        if (process->exited) co_return Error::no_process;
        const Status copied = sys::copy_from_process(process->endpoint, from, to, bytes);
        if (copied || copied.error() != Error::absent) co_return copied;
        const vm::MakePresent request{process->endpoint, 0, from, bytes};
        const auto present = co_await sef::request(endpoint::vm, request);
        if (!present) co_return present.error();
    }
    co_return Error::fault;
}

sef::Async<Result<std::uint64_t>> command_line(Ref<Process> process, ScratchBuffer *buffer) {
    if (!process->program) co_return Error::no_entry;
    const ArgumentArea area = process->program->arguments;
    const std::uint64_t bytes = area.bytes < buffer->size() ? area.bytes : buffer->size();
    auto fetching = fetch(process, area.address, buffer->data(), bytes);
    const Status fetched = co_await fetching;
    if (!fetched) co_return fetched.error();
    co_return bytes;
}

/// The path is composed at the end of the buffer and then moved to its start.
sef::Async<Result<std::uint64_t>> path_of(Vfs &vfs, Ref<Process> process, ProcessText what, ScratchBuffer *buffer) {
    BackwardPath path(buffer->text());
    const Path root = vfs.state.mounts.top();
    Status found{};
    if (what == ProcessText::current_directory) {
        if (!process->files) co_return Error::no_entry;
        auto walking = prepend_directory(vfs, root, process->files->current, &path);
        found = co_await walking;
    } else {
        const Ref<ProgramFile> program = process->program;
        if (!program) co_return Error::no_entry;
        auto walking = prepend_file(vfs, root, program->directory, program->path.view(), &path);
        found = co_await walking;
    }
    if (!found) co_return found.error();
    const std::size_t bytes = path.view().size();
    std::memmove(buffer->data(), path.view().data(), bytes);
    co_return bytes;
}

/// "\040" and its like stand for what would end a field.
Status append_field(String &line, std::string_view text) {
    for (const char c : text) {
        const bool ends = c == ' ' || c == '\t' || c == '\n' || c == '\\';
        if (ends)
            TRY(line.append_format("\\%03o", static_cast<unsigned>(c)));
        else
            TRY(line.append(c));
    }
    return {};
}

Status append_line(String &line, const Mount &mount, std::string_view path) {
    const FileSystem &shown = *mount.file_system;
    const std::string_view type = shown.type;
    if (shown.major == device::major_ram_disk)
        TRY(line.append_format("/dev/ram%u ", shown.minor));
    else if (shown.major != 0)
        TRY(line.append_format("/dev/%s%u ", shown.driver.text, shown.minor));
    else
        TRY(line.append_format("%.*s ", static_cast<int>(type.size()), type.data()));
    TRY(append_field(line, path));
    TRY(line.append_format(" %.*s %s", static_cast<int>(type.size()), type.data(), mount.read_only() ? "ro" : "rw"));
    for (const mount_flag::Word &word : mount_flag::words)
        if (mount.has(word.flag)) TRY(line.append(word.text));
    if (!mount.has(mount_flag::no_access_times | mount_flag::strict_access_times))
        TRY(line.append(mount_flag::relatime_text));
    return line.append(" 0 0\n");
}

/// One line, or nothing if the mount went meanwhile.
sef::Async<Status> describe_mount(Vfs &vfs, Ref<Mount> mount, String *line) {
    ScratchBuffer text(abi::path_max);
    if (!text) co_return Error::no_memory;
    BackwardPath path(text.text());
    const Path top = vfs.state.mounts.top(), shown{mount, mount->root};
    auto walking = prepend_directory(vfs, top, shown, &path);
    const Status found = co_await walking;
    if (!mount->in_tree || !found) co_return Status{};
    co_return append_line(*line, *mount, path.view());
}

/// All lines that fit into `room` bytes.
sef::Async<Status> describe_mounts(Vfs &vfs, String *text, std::uint32_t room) {
    for (std::size_t i = 0; i < MountTable::capacity; ++i) {
        Mount &mount = vfs.state.mounts.all()[i];
        if (!mount.in_tree) continue;
        const std::size_t before = text->size();
        auto describing = describe_mount(vfs, Ref<Mount>(&mount), text);
        const Status described = co_await describing;
        if (!described) co_return described;
        if (text->size() <= room) continue;
        text->truncate(before);
        break;
    }
    co_return Status{};
}

/// Copies to the caller and answers how much.
template <typename Reply>
void hand_over(Endpoint caller, GrantId buffer, std::string_view text, sef::ReplyTo<Reply> &reply) {
    const Status copied = sys::safe_copy_to(caller, buffer, 0, text.data(), text.size());
    if (copied)
        reply.ok({text.size()});
    else
        reply.fail(copied.error());
}

}  // namespace

sef::Task Vfs::on(Endpoint caller, DescribeProcess request, sef::ReplyTo<DescribeProcess::Reply> reply) {
    if (!state.root_ready) {  // nobody has a program or a directory yet
        reply.fail(Error::busy);
        co_return;
    }
    const Ref<Process> process(state.processes.find(request.process));
    ScratchBuffer buffer(abi::path_max);
    if (!process || !buffer) {
        reply.fail(process ? Error::no_memory : Error::no_process);
        co_return;
    }
    Result<std::uint64_t> bytes = Error::invalid;
    if (request.what == ProcessText::command_line) {
        auto working = command_line(process, &buffer);
        bytes = co_await working;
    } else {
        auto working = path_of(*this, process, request.what, &buffer);
        bytes = co_await working;
    }
    if (bytes)
        hand_over(caller, request.buffer, part_of(buffer.view(), 0, *bytes < request.bytes ? *bytes : request.bytes),
                  reply);
    else
        reply.fail(bytes.error());
}

void Vfs::on(Endpoint, const TerminalOf &request, sef::ReplyTo<TerminalOf::Reply> reply) {
    const Process *process = state.processes.find(request.process);
    if (process == nullptr) return reply.fail(Error::no_process);
    const Session *session = process->session.get();
    const bool has = session != nullptr && session->has_terminal;
    reply.ok({has ? abi::make_device(session->major, session->minor) : 0, 0});
}

sef::Task Vfs::on(Endpoint caller, DescribeMounts request, sef::ReplyTo<DescribeMounts::Reply> reply) {
    if (!state.root_ready) {
        reply.fail(Error::busy);
        co_return;
    }
    String text(scratch_heap());
    auto describing = describe_mounts(*this, &text, request.bytes);
    const Status described = co_await describing;
    if (described)
        hand_over(caller, request.buffer, text.view(), reply);
    else
        reply.fail(described.error());
}

}  // namespace axo::vfs
