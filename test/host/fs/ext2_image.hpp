// An ext2 volume in memory for host tests: made by mke2fs, served by the real code through a cache
// of any size, judged by e2fsck.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/heap.hpp"
#include "servers/ext2/file_system.hpp"
#include "test/host/fake/fake_regions.hpp"
#include "test/host/fake/host_grants.hpp"

namespace axo::host {

class TemporaryFile {
public:
    TemporaryFile() {
        const int descriptor = ::mkstemp(name_.data());
        if (descriptor >= 0) std::fclose(::fdopen(descriptor, "w"));
    }
    ~TemporaryFile() { std::remove(name_.c_str()); }
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;
    std::string name() const { return name_; }

private:
    std::string name_ = std::filesystem::temp_directory_path() / "ext2-test-XXXXXX";
};

/// Content of a new file system. `options` are mke2fs's.
inline std::vector<std::byte> make_image(const std::string &options, unsigned kilobytes) {
    TemporaryFile file;
    const std::string command = "PATH=$PATH:/usr/sbin:/sbin mke2fs -q -F -t ext2 " + options + " " + file.name() + " " +
                                std::to_string(kilobytes) + "k >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) return {};
    std::vector<std::byte> image(std::size_t{kilobytes} * 1024);
    std::ifstream(file.name(), std::ios::binary)
        .read(reinterpret_cast<char *>(image.data()), static_cast<long>(image.size()));
    return image;
}

/// `e2fsck` with these options on the image, which it may change; what it said is kept. Returns its exit status.
inline int run_e2fsck(const std::string &options, std::vector<std::byte> &image, std::string &said) {
    TemporaryFile file, output;
    const auto bytes = static_cast<long>(image.size());
    std::ofstream(file.name(), std::ios::binary).write(reinterpret_cast<const char *>(image.data()), bytes);
    const std::string command =
        "PATH=$PATH:/usr/sbin:/sbin e2fsck " + options + " " + file.name() + " >" + output.name() + " 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream in(output.name());
    said.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::ifstream(file.name(), std::ios::binary).read(reinterpret_cast<char *>(image.data()), bytes);
    return WEXITSTATUS(status);
}

/// What `e2fsck -fn` says; empty when the image is faultless.
inline std::string check_image(std::vector<std::byte> image) {
    std::string said;
    const bool faultless = run_e2fsck("-fn", image, said) == 0;
    // Wrong totals in the super block do not show in the exit status.
    return faultless && said.find("? no") == std::string::npos ? "" : said;
}

/// Repairs everything; empty when that worked.
inline std::string repair_image(std::vector<std::byte> &image) {
    constexpr int corrected = 1;
    std::string said;
    return run_e2fsck("-fy", image, said) <= corrected ? "" : said;
}

class Ext2Image : public DirectGrants {
public:
    explicit Ext2Image(std::vector<std::byte> image, std::size_t cache_bytes = 256 * 1024)
        : image_(std::move(image)), memory_(regions_.allocate(cache_bytes)->handle, cache_bytes) {}

    /// Errors: as Mount.
    Status mount(bool read_only = false) {
        const char *why = nullptr;
        ext2::SuperBlock super;
        if (image_.size() < 2048) return Error::io;
        std::memcpy(&super, image_.data() + ext2::super_block_offset, sizeof super);
        const ext2::Geometry geometry = TRY(ext2::check_super_block(super, image_.size(), read_only, why));
        volume_ = std::make_unique<ext2::Volume>(arena_heap());
        files_ = std::make_unique<ext2::FileSystem>(*volume_, arena_heap());
        volume_->set_now({now_, 5});
        TRY(files_->prepare());
        TRY(volume_->attach(geometry, memory_, std::max<std::size_t>(memory_.bytes() / page_size, 16)));
        TRY(until_done([&] { return volume_->load(); }));
        ext2::Progress progress;
        if (volume_->was_unclean() && !read_only) TRY(until_done([&] { return files_->free_orphans(progress); }));
        TRY(until_done([&]() -> Status {
            auto root = files_->open_root();
            if (!root) return root.error();
            return {};
        }));
        return {};
    }
    /// Everything to the image, then the clean mark; as the service does it.
    void sync() {
        while (write_some()) {}
        if (volume_->in_order() && !volume_->marked_clean()) volume_->mark_clean();
        while (write_some()) {}
    }
    void unmount() {
        sync();
        volume_->detach();
    }
    /// The machine stops: what was not written is lost.
    void crash() { volume_.reset(); }

    template <Request R>
    Result<typename R::Reply> call(const R &request) {
        const fs::ClientMemory memory(endpoint::vfs);
        ext2::Progress progress;
        volume_->set_now({++now_, 7});
        for (unsigned i = 0; i < 100'000; ++i) {
            auto result = files_->run(memory, request, progress);
            if (result) return result;
            if (result.error() == ext2::step_done) continue;
            if (result.error() != Error::absent || !volume_->wants().any()) return result;
            TRY(provide());
        }
        return Error::timed_out;
    }
    std::uint64_t root() const { return ext2::root_inode; }
    /// Blocks that writing one byte may need: data and three indirect ones.
    static constexpr std::uint64_t blocks_for_one_byte = 4;
    ext2::Volume &volume() { return *volume_; }
    std::vector<std::byte> &image() { return image_; }
    unsigned reads() const { return reads_; }
    /// Reads of this block fail from now on.
    void break_block(std::uint32_t block) { broken_ = block; }

private:
    template <typename F>
    Status until_done(F attempt) {
        for (;;) {
            const Status status = attempt();
            if (status || (status.error() != Error::absent && status.error() != ext2::step_done)) return status;
            if (status.error() == Error::absent) TRY(provide());
        }
    }
    std::byte *on_device(std::uint32_t block) {
        return image_.data() + (std::size_t{block} << volume_->geometry().block_shift);
    }
    bool readable(std::uint32_t block, unsigned count) {
        ++reads_;
        return broken_ < block || broken_ >= block + count;
    }
    Status provide() {
        const ext2::Wants wants = volume_->wants();
        if (wants.content.any()) return provide_content(wants.content);
        ext2::BlockCache &cache = volume_->cache();
        const ext2::Want want = wants.block;
        if (want.room) return write_some() ? Status{} : Status(Error::no_memory);
        const std::uint32_t count = std::min(want.count, volume_->geometry().blocks - want.block);
        ext2::Buffer *buffers[64];
        const std::size_t most = std::min<std::size_t>(count, std::min<std::size_t>(64, cache.size() / 4 + 1));
        const unsigned taken = cache.begin_read(want.block, {buffers, most});
        if (taken == 0) return write_some() ? Status{} : Status(Error::no_memory);
        const bool ok = readable(want.block, taken);
        for (unsigned i = 0; i < taken && ok; ++i)
            std::memcpy(cache.data(*buffers[i]), on_device(buffers[i]->block), cache.block_size());
        cache.end_read({buffers, taken}, ok);
        if (!ok) return Error::io;
        return {};
    }
    Status provide_content(const fs::ContentWant want) {
        fs::ContentCache &cache = volume_->content();
        fs::ContentPiece pieces[64];
        const std::size_t most = std::min<std::size_t>(64, cache.size() / 4 + 1);
        const unsigned taken = want.room ? 0 : cache.begin_read(want, {pieces, most});
        if (taken == 0) return write_some() ? Status{} : Status(Error::no_memory);
        const bool ok = readable(want.block, taken);
        for (unsigned i = 0; i < taken && ok; ++i)
            std::memcpy(cache.memory(pieces[i]), on_device(pieces[i].block()), cache.block_size());
        cache.end_read({pieces, taken}, ok);
        if (!ok) return Error::io;
        return {};
    }
    bool write_some() {
        fs::ContentPiece pieces[64];
        const unsigned written = volume_->content().begin_write(pieces, in_flight_);
        for (unsigned i = 0; i < written; ++i)
            std::memcpy(on_device(pieces[i].block()), volume_->content().memory(pieces[i]),
                        volume_->cache().block_size());
        volume_->content().end_write({pieces, written}, true);
        ext2::BlockCache &cache = volume_->cache();
        ext2::Buffer *buffers[64];
        const unsigned count = cache.begin_write(buffers, in_flight_);
        for (unsigned i = 0; i < count; ++i)
            std::memcpy(on_device(buffers[i]->block), cache.data(*buffers[i]), cache.block_size());
        cache.end_write({buffers, count}, true);
        return written + count != 0;
    }

    fs::InFlight in_flight_;  // nothing is: this device is never late
    std::vector<std::byte> image_;
    fake::Regions regions_;
    sys::Region memory_;
    std::unique_ptr<ext2::Volume> volume_;
    std::unique_ptr<ext2::FileSystem> files_;
    std::uint64_t now_ = 1'700'000'000;
    std::uint32_t broken_ = ~0u;
    unsigned reads_ = 0;
};

}  // namespace axo::host
