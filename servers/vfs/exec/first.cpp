// ExecFirst: PM has the first user program run, with the console as its descriptors 0, 1 and 2.
#include "lib/base/owned.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/vfs/calls/scratch_buffer.hpp"
#include "servers/vfs/exec/work.hpp"
#include "servers/vfs/file/open_node.hpp"
#include "servers/vfs/path/walk.hpp"

namespace axo::vfs {
namespace {

Result<Ref<Process>> make_first(Vfs &vfs, const ExecFirst &request) {
    DescriptorTable *descriptors = TRY(create<DescriptorTable>(arena_heap()));
    Ref<DescriptorTable> table(descriptors);
    FileContext *context = TRY(create<FileContext>(arena_heap()));
    Ref<FileContext> files(context);
    Session *session = TRY(create<Session>(arena_heap(), request.pid));
    Ref<Session> own(session);
    files->root = files->current = vfs.state.mounts.top();
    Ref<Process> process = TRY(vfs.state.processes.add(request.process, request.pid));
    process->descriptors = std::move(table);
    process->files = std::move(files);
    process->session = std::move(own);
    return process;
}

/// A missing console is not an error: the program then starts without descriptors.
sef::Async<Status> open_console(Vfs &vfs, Ref<Call> call) {
    PathLease path(vfs.state.paths);
    if (!path) co_return Error::no_memory;
    static_cast<void>(path->assign("/dev/console"));
    auto walking = walk(vfs, call, call->files().root, path.get(), LastLink::follow);
    auto found = co_await walking;
    if (!found) co_return found.error();
    auto opening = open_node(vfs, call, std::move(*found), abi::open_read_write | abi::open_no_terminal);
    auto console = co_await opening;
    if (!console) co_return console.error();
    for (unsigned i = 0; i < 3; ++i) {
        const auto installed = call->descriptors()->install(*console, false);
        if (!installed) co_return installed.error();
    }
    co_return Status{};
}

/// Arguments come NUL-separated; the first is the path.
Status split_arguments(std::string_view text, PathText &path, ArgumentBlock &strings) {
    while (!text.empty()) {
        const std::size_t end = text.find('\0');
        const std::string_view argument = part_of(text, 0, end);
        if (strings.argument_count() == 0) TRY(path.assign(argument));
        TRY(strings.add_argument(argument));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    if (strings.argument_count() == 0) return Error::invalid;
    TRY(strings.add_environment("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    TRY(strings.add_environment("HOME=/root"));
    return strings.add_environment("TERM=linux");
}

sef::Async<Status> run_first(Vfs &vfs, Ref<Call> call, const ScratchBuffer *text) {
    PathLease path(vfs.state.paths);
    ScratchBuffer storage(exec_strings_max);
    if (!path || !storage) co_return Error::no_memory;
    ArgumentBlock strings(storage.text());
    const Status split = split_arguments(text->view(), *path, strings);
    if (!split) co_return split;
    auto console = open_console(vfs, call);
    const Status opened = co_await console;
    if (!opened) sys::log("no console: error %d", static_cast<int>(opened.error()));
    auto running = run_program(vfs, call, call->files().root, path.get(), &strings);
    co_return co_await running;
}

}  // namespace

sef::Task Vfs::on(Endpoint caller, ExecFirst request, sef::ReplyTo<Nothing> reply) {
    static constexpr std::uint32_t arguments_max = 4096;
    if (caller != endpoint::pm || request.bytes > arguments_max) {
        reply.fail(caller != endpoint::pm ? Error::call_denied : Error::too_big);
        co_return;
    }
    ScratchBuffer text(request.bytes);
    const Status copied =
        text ? sys::safe_copy_from(caller, request.arguments, 0, text.data(), request.bytes) : Status(Error::no_memory);
    if (!copied) {
        reply.fail(copied.error());
        co_return;
    }
    while (!state.root_ready) {
        auto mounted = root_mounted.wait();
        co_await mounted;
    }
    auto process = make_first(*this, request);
    if (!process) {
        reply.fail(process.error());
        co_return;
    }
    auto call = make_call(**process);
    Status result = call ? Status{} : Status(call.error());
    if (call) {
        auto running = run_first(*this, *call, &text);
        result = co_await running;
    }
    if (!result) state.processes.remove(**process);
    reply.status(result);
}

}  // namespace axo::vfs
