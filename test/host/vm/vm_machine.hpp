// A machine under the memory server: frames in a memory file, page tables as maps, the kernel's memory calls with its
// checks (frames it may map, size of the table pool). Programs touch memory through it and fault like real ones.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "axo/vfs_protocol.hpp"
#include "servers/vm/server.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::fake {

class VmMachine {
public:
    static constexpr std::uint32_t first_frame = 256, frames = 4096;  // 16 MiB from 1 MiB on
    static constexpr Endpoint user = Endpoint::make(20, 1), child = Endpoint::make(21, 1);

    struct Entry {
        std::uint64_t frame;
        std::uint32_t flags;
    };

    VmMachine() {
        file_ = memfd_create("ram", 0);
        EXPECT_EQ(ftruncate(file_, std::int64_t{first_frame + frames} * 4096), 0);
        ram_ = static_cast<std::byte *>(mmap(nullptr, ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0));
        tables[endpoint::vm.value];
        install();
        system.answer<vfs::ReleaseFile>([this](Endpoint, const vfs::ReleaseFile &request) {
            released.push_back(request);
            return Nothing{};
        });
        system.answer<vfs::PageIn>([this](Endpoint, const vfs::PageIn &request) { return page_in(request); });
        server = std::make_unique<Service<vm::Server>>();
        EXPECT_TRUE(server->start());
        for (const Endpoint manager : {endpoint::pm, endpoint::vfs, endpoint::rs}) {
            auto record = server->state().processes.add(manager);
            (*record)->calls = ~0ull;
        }
    }
    ~VmMachine() {
        server.reset();
        for (const auto &[address, bytes] : mapped_) munmap(reinterpret_cast<void *>(address), bytes);
        munmap(ram_, ram_bytes);
        close(file_);
    }

    /// A process with an empty space, as after an exec of nothing.
    void start_process(Endpoint process) {
        auto record = server->state().processes.add(process);
        ASSERT_TRUE(server->state().memory.tables.create(process));
        (*record)->space = *server->state().processes.create_space(vm::For::user);
        (*record)->space->owner = process;
    }

    std::int64_t call(Endpoint process, unsigned number, std::array<std::uint64_t, 6> arguments) {
        return server->user_call(process, number, arguments).value_or(-9999);
    }
    std::uint64_t mmap_anonymous(Endpoint process, std::uint64_t bytes, std::uint64_t prot = 3,
                                 std::uint64_t flags = 0x22) {
        return static_cast<std::uint64_t>(call(process, 9, {0, bytes, prot, flags, ~0ull, 0}));
    }

    /// Where the byte lies after faulting as often as needed; null: the process got a signal.
    std::byte *touch(Endpoint process, std::uint64_t address, bool write) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            auto &table = tables.at(process.value);
            const auto entry = table.find(address / 4096);
            const bool present = entry != table.end();
            if (present && (!write || (entry->second.flags & map_flag::write) != 0))
                return ram_ + entry->second.frame * 4096 + address % 4096;
            if (!fault(process, address, write, present)) return nullptr;
        }
        ADD_FAILURE() << "a fault was answered but not resolved";
        return nullptr;
    }
    bool write(Endpoint process, std::uint64_t address, char value) {
        std::byte *at = touch(process, address, true);
        if (at != nullptr) *at = static_cast<std::byte>(value);
        return at != nullptr;
    }
    /// -1: the process got a signal.
    int read(Endpoint process, std::uint64_t address) {
        const std::byte *at = touch(process, address, false);
        return at == nullptr ? -1 : static_cast<int>(*at);
    }
    std::uint64_t free_frames() { return server->state().memory.frames.free(); }

    System system{endpoint::vm};
    std::unique_ptr<Service<vm::Server>> server;
    std::map<std::uint32_t, std::map<std::uint64_t, Entry>> tables;
    std::vector<vfs::ReleaseFile> released;
    std::vector<vfs::PageIn> page_ins;
    std::string file_content;
    std::uint64_t pool = 0;
    std::int64_t last_error = 0;  // of the last fault that was refused
    std::vector<std::uint64_t> killed;
    unsigned faults = 0;

private:
    static constexpr std::size_t ram_bytes = std::size_t{first_frame + frames} * 4096;

    bool fault(Endpoint process, std::uint64_t address, bool write, bool present) {
        ++faults;
        Message message{};
        message.source = process;
        message.type = kernel_message::page_fault;
        message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_kernel);
        message.tag = next_tag_++;
        message.words[0] = address;
        message.words[1] =
            fault_access::user | (write ? fault_access::write : 0) | (present ? fault_access::present : 0);
        answered_ = false;
        server->deliver(message);
        if (const auto reply = system.take_reply(process, message.tag)) {
            last_error = reply->status();
            return last_error >= 0;
        }
        return answered_;
    }

    Result<vfs::PageIn::Reply> page_in(const vfs::PageIn &request) {
        page_ins.push_back(request);
        const auto buffer = system.granted(request.buffer, endpoint::vfs);
        EXPECT_EQ(buffer.size(), request.bytes);
        if (request.offset >= file_content.size()) return vfs::PageIn::Reply{0};
        const std::size_t bytes = std::min<std::size_t>(request.bytes, file_content.size() - request.offset);
        std::memcpy(buffer.data(), file_content.data() + request.offset, bytes);
        return vfs::PageIn::Reply{bytes};
    }

    bool usable(std::uint64_t frame) const { return frame >= first_frame && frame < first_frame + frames; }
    bool has_space(std::uint64_t process) const { return tables.contains(static_cast<std::uint32_t>(process)); }

    /// One table frame per 2 MiB that has a page: enough to make VM donate now and then.
    bool needs_table(std::uint32_t process, std::uint64_t page) const {
        const auto &table = tables.at(process);
        const auto next = table.lower_bound(page & ~511ull);
        return next == table.end() || next->first >> 9 != page >> 9;
    }
    std::int64_t put(std::uint32_t process, std::uint64_t page, Entry entry) {
        if (!usable(entry.frame)) return to_wire(Error::not_permitted);
        if (needs_table(process, page)) {
            if (pool == 0) return to_wire(Error::tables_needed);
            --pool;
        }
        tables[process][page] = entry;
        if (process == endpoint::vm.value) {
            void *at = reinterpret_cast<void *>(page * 4096);
            EXPECT_EQ(mmap(at, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file_,
                           static_cast<std::int64_t>(entry.frame * 4096)),
                      at);
            mapped_.emplace_back(page * 4096, 4096);
        }
        return 0;
    }
    void on(KernelCall call, std::function<std::int64_t(const Arguments &)> hook) {
        system.on_kernel(call, [hook](const Arguments &a, std::uint64_t &) { return hook(a); });
    }
    void install();

    int file_ = -1;
    std::byte *ram_ = nullptr;
    bool answered_ = false;
    std::uint64_t next_tag_ = 1;
    std::vector<std::pair<std::uint64_t, std::size_t>> mapped_;
};

inline void VmMachine::install() {
    on(KernelCall::memory_map, [](const Arguments &a) {
        *reinterpret_cast<MemoryRange *>(a[0]) = {PhysAddr{first_frame * 4096}, std::uint64_t{frames} * 4096};
        return 1;
    });
    on(KernelCall::get_info, [](const Arguments &a) {
        std::memset(reinterpret_cast<void *>(a[1]), 0, a[2]);
        return 0;
    });
    on(KernelCall::donate_frames, [this](const Arguments &a) {
        pool += a[1];
        return 0;
    });
    on(KernelCall::reclaim_frames, [](const Arguments &) { return 0; });
    on(KernelCall::kill, [this](const Arguments &a) {
        killed.push_back(a[0]);
        return 0;
    });
    on(KernelCall::zero_frames, [this](const Arguments &a) {
        std::memset(ram_ + a[0], 0, a[1] * 4096);
        return 0;
    });
    on(KernelCall::space_create, [this](const Arguments &a) -> std::int64_t {
        if (has_space(a[0])) return to_wire(Error::busy);
        tables[static_cast<std::uint32_t>(a[0])];
        return 0;
    });
    on(KernelCall::space_destroy, [this](const Arguments &a) -> std::int64_t {
        return tables.erase(static_cast<std::uint32_t>(a[0])) != 0 ? 0 : to_wire(Error::invalid);
    });
    on(KernelCall::map, [this](const Arguments &a) -> std::int64_t {
        if (!has_space(a[0])) return to_wire(Error::invalid);
        const auto *runs = reinterpret_cast<const MapRun *>(a[1]);
        for (std::uint64_t i = 0; i < a[2]; ++i)
            for (std::uint32_t n = 0; n < runs[i].pages; ++n) {
                const auto status = put(static_cast<std::uint32_t>(a[0]), runs[i].address.value / 4096 + n,
                                        {runs[i].frame.value / 4096 + n, runs[i].flags});
                if (status < 0) return status;
            }
        return 0;
    });
    on(KernelCall::unmap, [this](const Arguments &a) -> std::int64_t {
        auto &table = tables.at(static_cast<std::uint32_t>(a[0]));
        table.erase(table.lower_bound(a[1] / 4096), table.lower_bound(a[1] / 4096 + a[2]));
        return 0;
    });
    on(KernelCall::protect, [this](const Arguments &a) -> std::int64_t {
        for (auto &[page, entry] : tables.at(static_cast<std::uint32_t>(a[0])))
            if (page >= a[1] / 4096 && page < a[1] / 4096 + a[2]) entry.flags = static_cast<std::uint32_t>(a[3]);
        return 0;
    });
    on(KernelCall::clone_range, [this](const Arguments &a) -> std::int64_t {
        for (auto &[page, entry] : tables.at(static_cast<std::uint32_t>(a[0]))) {
            if (page < a[2] / 4096 || page >= a[2] / 4096 + a[3]) continue;
            entry.flags &= ~map_flag::write;
            const auto status = put(static_cast<std::uint32_t>(a[1]), page, entry);
            if (status < 0) return status;
        }
        return 0;
    });
    on(KernelCall::query_page, [this](const Arguments &a) -> std::int64_t {
        const auto table = tables.find(static_cast<std::uint32_t>(a[0]));
        if (table == tables.end() || !table->second.contains(a[1] / 4096)) return to_wire(Error::absent);
        const Entry &entry = table->second.at(a[1] / 4096);
        return static_cast<std::int64_t>(entry.frame * 4096 | entry.flags);
    });
    on(KernelCall::resolve, [this](const Arguments &a) -> std::int64_t {
        const Resolve request = resolve_of([&](unsigned n) { return a[n]; });
        if (!has_space(request.space.value)) return to_wire(Error::invalid);
        const auto status =
            put(request.space.value, request.address.value / 4096, {request.frame.value / 4096, request.flags});
        if (status < 0) return status;
        if (request.source == FrameSource::zero) std::memset(ram_ + request.frame.value, 0, 4096);
        if (request.source == FrameSource::copy)
            std::memcpy(ram_ + request.frame.value, ram_ + request.copy_from.value, 4096);
        if (request.answer != endpoint::none) answered_ = true;
        return 0;
    });
}

}  // namespace axo::fake
