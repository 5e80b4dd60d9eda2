// What VFS does to a file system, in the words of a test: paths instead of inodes, strings instead
// of grants. `Served` has call<Request>(request), the root's inode number, grant() of memory of the test,
// and end_call(), by when the grants of a request have done.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "axo/fs_protocol.hpp"
#include "lib/fs/linux_stat.hpp"
#include "lib/fs/mode.hpp"

namespace axo::host {

template <class Served>
class FsClient {
public:
    explicit FsClient(Served &served) : served_(served) {}

    template <Request R>
    Result<typename R::Reply> call(const R &request) {
        auto result = served_.call(request);
        served_.end_call();
        return result;
    }

    /// Held until release().
    Result<fs::NodeInfo> open(std::string_view path, std::uint32_t uid = 0) {
        fs::Lookup request{};
        request.directory = served_.root();
        request.path = served_.grant(path.data(), path.size());
        request.path_bytes = static_cast<std::uint32_t>(path.size());
        request.uid = request.gid = uid;
        request.groups = invalid_grant;
        const fs::NodeInfo node = TRY(call(request));
        if (node.consumed == path.size()) return node;
        TRY(release(node.inode));  // it stopped at a symbolic link or a mount point
        return Error::loop;
    }
    Status release(std::uint64_t inode, std::uint64_t count = 1) {
        fs::Release request{};
        request.inode = inode;
        request.count = count;
        return status(call(request));
    }

    Result<fs::NodeInfo> create_held(std::string_view path, std::uint32_t mode = 0644, std::uint32_t device = 0) {
        const Parent parent = TRY(open_parent(path));
        fs::Create request{};
        request.directory = parent.inode;
        request.name = served_.grant(parent.name.data(), parent.name.size());
        request.name_bytes = static_cast<std::uint32_t>(parent.name.size());
        request.mode = mode;
        request.device = device;
        return closing(parent, call(request));
    }
    Status create(std::string_view path, std::uint32_t mode = 0644, std::uint32_t device = 0) {
        return release(TRY(create_held(path, mode, device)).inode);
    }
    Status make_directory(std::string_view path, std::uint32_t mode = 0755) {
        const Parent parent = TRY(open_parent(path));
        fs::MakeDirectory request{};
        request.directory = parent.inode;
        request.name = served_.grant(parent.name.data(), parent.name.size());
        request.name_bytes = static_cast<std::uint32_t>(parent.name.size());
        request.mode = mode;
        return release(TRY(closing(parent, call(request))).inode);
    }
    Status symbolic_link(std::string_view path, std::string_view target) {
        const Parent parent = TRY(open_parent(path));
        fs::MakeSymbolicLink request{};
        request.directory = parent.inode;
        request.name = served_.grant(parent.name.data(), parent.name.size());
        request.name_bytes = static_cast<std::uint32_t>(parent.name.size());
        request.target = served_.grant(target.data(), target.size());
        request.target_bytes = static_cast<std::uint32_t>(target.size());
        return status(closing(parent, call(request)));
    }
    Result<std::string> read_link(std::string_view path) {
        const fs::NodeInfo node = TRY(open(path));
        std::string text(4096, '\0');
        fs::ReadLink request{};
        request.inode = node.inode;
        request.bytes = text.size();
        request.buffer = served_.grant(text.data(), text.size());
        auto result = call(request);
        TRY(release(node.inode));
        text.resize(TRY(std::move(result)).bytes);
        return text;
    }
    Status link(std::string_view old_path, std::string_view new_path) {
        const fs::NodeInfo node = TRY(open(old_path));
        const auto parent = open_parent(new_path);
        if (!parent) {
            TRY(release(node.inode));
            return parent.error();
        }
        fs::Link request{};
        request.inode = node.inode;
        request.directory = parent->inode;
        request.name = served_.grant(parent->name.data(), parent->name.size());
        request.name_bytes = static_cast<std::uint32_t>(parent->name.size());
        auto result = closing(*parent, call(request));
        TRY(release(node.inode));
        return status(result);
    }
    Status remove(std::string_view path, bool directory = false, std::uint32_t sticky_uid = ~0u) {
        const Parent parent = TRY(open_parent(path));
        fs::Unlink request{};
        request.directory = parent.inode;
        request.name = served_.grant(parent.name.data(), parent.name.size());
        request.name_bytes = static_cast<std::uint32_t>(parent.name.size());
        request.directory_only = directory ? 1 : 0;
        request.sticky_uid = sticky_uid;
        return status(closing(parent, call(request)));
    }
    Status rename(std::string_view old_path, std::string_view new_path, bool no_replace = false) {
        const Parent from = TRY(open_parent(old_path));
        const auto to = open_parent(new_path);
        if (!to) {
            TRY(release(from.inode));
            return to.error();
        }
        fs::Rename request{};
        request.old_directory = from.inode;
        request.new_directory = to->inode;
        request.old_name = served_.grant(from.name.data(), from.name.size());
        request.old_name_bytes = static_cast<std::uint32_t>(from.name.size());
        request.new_name = served_.grant(to->name.data(), to->name.size());
        request.new_name_bytes = static_cast<std::uint32_t>(to->name.size());
        request.no_replace = no_replace ? 1 : 0;
        request.sticky_uid = ~0u;
        auto result = closing(*to, call(request));
        TRY(release(from.inode));
        return status(result);
    }

    Result<std::uint64_t> write_to(std::uint64_t inode, std::uint64_t offset, std::string_view data,
                                   bool append = false) {
        fs::Write request{};
        request.inode = inode;
        request.offset = offset;
        request.bytes = data.size();
        request.buffer = served_.grant(data.data(), data.size());
        request.append = append ? 1 : 0;
        return TRY(call(request)).bytes;
    }
    Result<std::string> read_from(std::uint64_t inode, std::uint64_t offset, std::uint64_t bytes) {
        std::string data(bytes, '?');
        fs::Read request{};
        request.inode = inode;
        request.offset = offset;
        request.bytes = bytes;
        request.buffer = served_.grant(data.data(), data.size());
        data.resize(TRY(call(request)).bytes);
        return data;
    }
    Status truncate_held(std::uint64_t inode, std::uint64_t size) {
        fs::Truncate request{};
        request.inode = inode;
        request.size = size;
        return status(call(request));
    }
    Result<std::uint64_t> write(std::string_view path, std::uint64_t offset, std::string_view data,
                                bool append = false) {
        const fs::NodeInfo node = TRY(open(path));
        auto result = write_to(node.inode, offset, data, append);
        TRY(release(node.inode));
        return result;
    }
    Result<std::string> read(std::string_view path, std::uint64_t offset = 0, std::uint64_t bytes = 1u << 24) {
        const fs::NodeInfo node = TRY(open(path));
        auto result = read_from(node.inode, offset, std::min<std::uint64_t>(bytes, node.size + 100));
        TRY(release(node.inode));
        return result;
    }
    Status truncate(std::string_view path, std::uint64_t size) {
        const fs::NodeInfo node = TRY(open(path));
        auto result = truncate_held(node.inode, size);
        TRY(release(node.inode));
        return result;
    }
    Result<fs::LinuxStat> stat(std::string_view path) {
        const fs::NodeInfo node = TRY(open(path));
        fs::LinuxStat stat{};
        fs::Stat request{};
        request.inode = node.inode;
        request.buffer = served_.grant(&stat, sizeof stat);
        auto result = call(request);
        TRY(release(node.inode));
        TRY(std::move(result));
        return stat;
    }

    struct Record {
        std::uint64_t inode, next;
        std::uint8_t type;
    };
    Result<fs::LinuxStatFs> space() {
        fs::LinuxStatFs stat{};
        fs::FileSystemStat request{};
        request.buffer = served_.grant(&stat, sizeof stat);
        TRY(call(request));
        return stat;
    }

    /// All entries, "." and ".." included, by name. `bytes`: of the buffer of each request.
    Result<std::map<std::string, Record>> list(std::string_view path, std::size_t bytes = 512) {
        const fs::NodeInfo node = TRY(open(path));
        std::map<std::string, Record> records;
        std::uint64_t position = 0;
        for (;;) {
            auto part = list_part(node.inode, position, bytes, records);
            if (!part || *part == 0) {
                TRY(release(node.inode));
                TRY(std::move(part));
                return records;
            }
        }
    }
    /// One request; returns its bytes.
    Result<std::uint64_t> list_part(std::uint64_t inode, std::uint64_t &position, std::size_t bytes,
                                    std::map<std::string, Record> &records) {
        std::string buffer(bytes, '\0');
        fs::ReadDirectory request{};
        request.inode = inode;
        request.offset = position;
        request.bytes = bytes;
        request.buffer = served_.grant(buffer.data(), buffer.size());
        const auto reply = TRY(call(request));
        for (std::size_t at = 0; at < reply.bytes;) {
            Record record{};
            std::uint16_t length = 0;
            std::memcpy(&record.inode, &buffer[at], 8);
            std::memcpy(&record.next, &buffer[at + 8], 8);
            std::memcpy(&length, &buffer[at + 16], 2);
            record.type = static_cast<std::uint8_t>(buffer[at + 18]);
            records[&buffer[at + 19]] = record;
            at += length;
        }
        position = reply.next_offset;
        return reply.bytes;
    }

private:
    struct Parent {
        std::uint64_t inode;
        std::string name;
    };
    template <typename T>
    static Status status(const Result<T> &result) {
        if (!result) return result.error();
        return {};
    }
    Result<Parent> open_parent(std::string_view path) {
        const std::size_t slash = path.rfind('/');
        const std::string_view directory = slash == std::string_view::npos ? "" : path.substr(0, slash);
        const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
        return Parent{TRY(open(directory)).inode, std::string(name)};
    }
    template <typename T>
    Result<T> closing(const Parent &parent, Result<T> result) {
        TRY(release(parent.inode));
        return result;
    }

    Served &served_;
};

}  // namespace axo::host
