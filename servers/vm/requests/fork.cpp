// The beginning and the end of user address spaces: fork, exit, and what anybody may ask about them.
#include "servers/vm/requests/requests.hpp"

namespace axo::vm {

namespace {
/// Pages that the kernel steps over more cheaply than it takes another call: tables that do not exist cost it a step
/// each.
constexpr std::uint64_t small_gap = 4096;
}  // namespace

bool RequestHandlers::may_call(Endpoint caller, std::uint16_t number) {
    const ProcessRecord *record = context_.processes.find(caller);
    if (number == ArenaShare::number) return record != nullptr;  // every service's; checked by the update it belongs to
    return record != nullptr && number - base < 64 && (record->calls >> (number - base) & 1) != 0;
}

void RequestHandlers::serve(Endpoint, const Fork &request, Reply<Fork> reply) {
    Space *parent = context_.processes.space_of(request.parent);
    if (parent == nullptr || parent->is_system() || request.parent == request.child) return reply.fail(Error::invalid);
    const Result<ProcessRecord *> child = context_.processes.add(request.child);
    if (!child || (*child)->space != nullptr) return reply.fail(Error::invalid);
    if (request.kind == ForkKind::share) {
        ++parent->users;
        (*child)->space = parent;
        return reply.ok();
    }
    const Status copied = fork_copy(**child, *parent, request.owner == Owner::root ? For::root : For::user);
    if (!copied) context_.processes.remove(**child);
    reply.status(copied);
}

Status RequestHandlers::fork_copy(ProcessRecord &child, Space &parent, For owner) {
    Space *space = TRY(context_.processes.create_space(owner));
    Status copied = space->copy_from(parent);
    if (copied) copied = context_.memory.tables.create(child.endpoint);
    if (!copied) {
        context_.processes.destroy_space(space);
        return copied;
    }
    child.space = space;
    space->owner = child.endpoint;
    return clone_tables(child, parent);
}

/// One call of the kernel for each cluster of pages that the parent holds.
Status RequestHandlers::clone_tables(const ProcessRecord &child, const Space &parent) {
    PageTables &tables = context_.memory.tables;
    std::uint64_t first = 0, end = 0;
    Status status{};
    const auto clone = [&] {
        if (status && first != end)
            status = tables.clone(parent.owner, child.endpoint, first << page_shift, end - first);
    };
    parent.pages.for_each(0, ~0ull, [&](std::uint64_t page, Frame) {
        if (first == end || page - end > small_gap) {
            clone();
            first = page;
        }
        end = page + 1;
    });
    clone();
    return status;
}

void RequestHandlers::serve(Endpoint, const Exit &request, Reply<Exit> reply) {
    if (ProcessRecord *record = context_.processes.find(request.process); record != nullptr) {
        quarantine(*record);
        context_.processes.remove(*record);
        context_.pager.release_unused();
        fault_messages_.retry_parked();
    }
    reply.ok();
}

sef::Task RequestHandlers::serve(Endpoint, MakePresent request, Reply<MakePresent> reply) {
    auto making = context_.make_present(request.process, request.address.value, request.bytes,
                                        Access{.write = request.write != 0, .execute = false});
    const Status status = co_await making;
    reply.status(status);
}

void RequestHandlers::serve(Endpoint, const SetClock &request, Reply<SetClock> reply) {
    context_.vdso.set_wall_clock(request.wall_clock_at_boot);
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const FileChanged &request, Reply<FileChanged> reply) {
    if (CachedFile *file = context_.memory.files.find(request.file); file != nullptr) {
        const bool to_end = request.bytes == 0 || request.offset + request.bytes < request.offset;
        const std::uint64_t end = to_end ? ~0ull : (request.offset + request.bytes + page_size - 1) >> page_shift;
        context_.memory.files.drop(*file, request.offset >> page_shift, end);
        context_.pager.release_unused();
    }
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const FileRemoved &request, Reply<FileRemoved> reply) {
    if (CachedFile *file = context_.memory.files.find(request.file); file != nullptr) {
        context_.memory.files.remove(*file);
        context_.pager.release_unused();
    }
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const SetMask &request, Reply<SetMask> reply) {
    const Result<ProcessRecord *> record = context_.processes.add(request.process);
    if (!record) return reply.fail(record.error());
    (*record)->calls = request.calls;
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const Counters &, Reply<Counters> reply) {
    Counters::Reply counters{};
    counters.total_frames = context_.memory.frames.total();
    counters.free_frames = context_.memory.frames.free();
    counters.cached_frames = context_.memory.files.cached_pages();
    counters.spaces = context_.processes.spaces();
    counters.table_frames = context_.memory.tables.donated();
    context_.processes.for_each([&](const ProcessRecord &record) {
        if (record.space != nullptr && record.space->owner == record.endpoint)
            counters.regions += record.space->regions.size();
    });
    reply.ok(counters);
}

void RequestHandlers::serve(Endpoint, const MemoryUse &request, Reply<MemoryUse> reply) {
    const Space *space = context_.processes.space_of(request.process);
    if (space == nullptr) return reply.fail(Error::no_process);
    reply.ok(
        {.resident_bytes = space->pages.count() << page_shift, .virtual_bytes = space->virtual_pages() << page_shift});
}

}  // namespace axo::vm
