// Random operations on a file system beside a model of plain maps and strings: every answer must be
// the model's, errors included, and in the end every file and directory. Two errors are not in the model: io,
// right only where a transfer failed meanwhile, and no_space, right only where hardly any is left; both must have
// changed nothing.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>

#include "test/host/fs/fs_client.hpp"

namespace axo::host {

struct ModelNode {
    enum class Kind { file, directory, symlink } kind = Kind::file;
    std::string content;
    std::map<std::string, std::shared_ptr<ModelNode>> entries;
    unsigned links = 0;  // of files
};
using ModelRef = std::shared_ptr<ModelNode>;

template <class Served>
class ModelRun {
public:
    /// With a `prefix` all names in the root directory begin with it: several runs can share a file system.
    ModelRun(Served &served, unsigned seed, std::size_t largest_file, std::string prefix = {})
        : served_(served),
          client_(served),
          random_(seed),
          largest_(largest_file),
          prefix_(std::move(prefix)),
          root_(std::make_shared<ModelNode>()) {
        root_->kind = ModelNode::Kind::directory;
    }

    /// One operation, checked.
    void step() {
        static_cast<void>(served_.faulted());  // what failed before is not this step's excuse
        switch (pick(19)) {
            case 0:
            case 1:
            case 2: return create();
            case 3:
            case 4: return make_directory();
            case 5:
            case 6:
            case 7: return write();
            case 8: return truncate();
            case 9: return remove();
            case 10: return remove_directory();
            case 11:
            case 12: return rename();
            case 13: return link();
            case 14: return symlink();
            case 15:
            case 16:
            case 17: return read();
            default: return open_and_unlink();
        }
    }
    /// What exists is what the model says, and nothing else.
    void compare() { compare_directory("", *root_); }
    void release_open_files() {
        for (const auto &[inode, content] : open_) {
            const auto read = client_.read_from(inode, 0, content.size() + 10);
            if (read || !io_error(read.error())) { EXPECT_TRUE(read == content) << "an open file without a name"; }
            EXPECT_TRUE(client_.release(inode));
        }
        open_.clear();
    }

private:
    using Kind = ModelNode::Kind;
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    /// A path of up to four components from few names, so that they often exist.
    std::string path() {
        std::string result = prefix_;
        for (unsigned depth = 1 + pick(4); depth > 0; --depth) {
            if (result.size() > prefix_.size()) result += '/';
            result += name();
        }
        return result;
    }
    std::string name() {
        const unsigned n = pick(14);
        if (n == 13) return std::string(200 + pick(50), 'l');
        return std::string(1 + n % 5, static_cast<char>('a' + n));
    }
    /// The path of a file that there is, if there is one.
    std::string file_path() {
        std::vector<std::string> files;
        collect_files("", *root_, files);
        return files.empty() ? path() : files[pick(static_cast<unsigned>(files.size()))];
    }
    static void collect_files(const std::string &above, const ModelNode &directory, std::vector<std::string> &files) {
        for (const auto &[name, node] : directory.entries) {
            if (node->kind == Kind::file) files.push_back(above + name);
            if (node->kind == Kind::directory) collect_files(above + name + "/", *node, files);
        }
    }
    using Expected = std::optional<Error>;  // nothing: it works
    struct Place {
        ModelNode *directory = nullptr;
        std::string name;
        ModelRef node;
        Expected error;      // why there is no such directory
        bool found = false;  // its parent can be looked up, though it may be no directory
    };
    /// Where the path leads in the model. On the way to a parent a link or a file ends the walk.
    Place find(const std::string &path) {
        ModelRef at = root_;
        std::size_t start = 0;
        for (std::size_t slash; (slash = path.find('/', start)) != std::string::npos; start = slash + 1) {
            const auto entry = at->entries.find(path.substr(start, slash - start));
            const auto refused = [](Error error, bool found) { return Place{nullptr, {}, nullptr, error, found}; };
            if (entry == at->entries.end()) return refused(Error::no_entry, false);
            at = entry->second;
            const bool parent = path.find('/', slash + 1) == std::string::npos;
            if (at->kind == Kind::symlink && !parent) return refused(Error::loop, false);
            if (at->kind != Kind::directory) return refused(Error::not_directory, parent);
        }
        Place place{at.get(), path.substr(start), nullptr, {}, true};
        if (const auto entry = at->entries.find(place.name); entry != at->entries.end()) place.node = entry->second;
        return place;
    }
    /// The error of opening it: where the parent is a link, the walk ends there already.
    Expected cannot_open(const std::string &path, const Place &place) {
        if (place.error == Error::not_directory && ends_at_link(path)) return Error::loop;
        if (place.error) return place.error;
        if (!place.node) return Error::no_entry;
        return {};
    }
    bool ends_at_link(const std::string &path) {
        const Place parent = find(path.substr(0, path.rfind('/')));
        return parent.node && parent.node->kind == Kind::symlink;
    }
    static Expected cannot_create(const Place &place) {
        if (place.error) return place.error;
        if (place.node) return Error::exists;
        return {};
    }
    std::string random_data(std::size_t bytes) {
        std::string data(bytes, '\0');
        const unsigned seed = pick(256);
        for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<char>(seed + i * 7 + i / 251);
        return data;
    }
    bool io_error(Error error) { return error == Error::io && served_.faulted(); }
    /// The room that a new name may need: a block for the directory, one for its content, indirect ones.
    bool nearly_full() {
        const auto space = client_.space();
        return space && (space->free_blocks < 2 + 2 * Served::blocks_for_one_byte || space->free_files == 0);
    }
    /// True when the operation worked and the model is to follow.
    bool agree(const Status &status, Expected expected) {
        if (status) {
            EXPECT_FALSE(expected) << "error " << static_cast<int>(expected.value_or(Error{})) << " was right";
            return !expected;
        }
        if (io_error(status.error())) return false;
        if (!expected && status.error() == Error::no_space && nearly_full()) return false;
        EXPECT_TRUE(expected == status.error()) << said_ << ": error " << static_cast<int>(status.error())
                                                << " instead of " << (expected ? static_cast<int>(*expected) : 0);
        return false;
    }

    void create() {
        const std::string at = said_ = path();
        const Place place = find(at);
        if (!agree(client_.create(at), cannot_create(place))) return;
        auto node = std::make_shared<ModelNode>();
        node->links = 1;
        place.directory->entries[place.name] = node;
    }
    void make_directory() {
        const std::string at = said_ = path();
        const Place place = find(at);
        if (!agree(client_.make_directory(at), cannot_create(place))) return;
        auto node = std::make_shared<ModelNode>();
        node->kind = Kind::directory;
        place.directory->entries[place.name] = node;
    }
    void symlink() {
        const std::string at = said_ = path();
        const Place place = find(at);
        const std::string target = random_name_data();
        if (!agree(client_.symbolic_link(at, target), cannot_create(place))) return;
        auto node = std::make_shared<ModelNode>();
        node->kind = Kind::symlink;
        node->content = target;
        node->links = 1;
        place.directory->entries[place.name] = node;
    }
    std::string random_name_data() {
        return std::string(1 + pick(2) * 40 + pick(60), static_cast<char>('A' + pick(26)));
    }

    void write() {
        const std::string at = said_ = file_path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file) return;
        std::string &content = place.node->content;
        const bool append = pick(3) == 0;
        const std::size_t offset = append ? content.size() : pick(static_cast<unsigned>(largest_));
        const std::string data = random_data(pick(static_cast<unsigned>(largest_ / 4)));
        const auto written = client_.write(at, offset, data, append);
        if (!written) {
            const bool full = written.error() == Error::no_space && no_block_left();
            EXPECT_TRUE(full || io_error(written.error())) << "error " << static_cast<int>(written.error());
            return;
        }
        if (*written < data.size()) { EXPECT_TRUE(no_block_left() || served_.faulted()) << "a short write"; }
        if (*written == 0) return;
        if (content.size() < offset + *written) content.resize(offset + *written, '\0');
        content.replace(offset, *written, data.substr(0, *written));
    }
    bool no_block_left() {
        const auto space = client_.space();
        return space && space->free_blocks < Served::blocks_for_one_byte;
    }
    void read() {
        const std::string at = said_ = file_path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file) return;
        const std::string &content = place.node->content;
        const std::size_t offset = pick(static_cast<unsigned>(content.size() + 100));
        const std::size_t bytes = pick(40'000);
        const auto data = client_.read(at, offset, bytes);
        if (!data && io_error(data.error())) return;
        ASSERT_TRUE(data) << at;
        const std::string right = offset < content.size() ? content.substr(offset, bytes) : "";
        EXPECT_TRUE(*data == right || (right.starts_with(*data) && served_.faulted()))
            << at << " reads as something else";
    }
    void truncate() {
        const std::string at = said_ = file_path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file) return;
        std::string &content = place.node->content;
        const std::size_t size = pick(static_cast<unsigned>(largest_));
        const Status status = client_.truncate(at, size);
        if (status) return content.resize(size, '\0');
        EXPECT_TRUE(io_error(status.error())) << "error " << static_cast<int>(status.error());
        adopt_size(at, size, content);
    }
    /// A truncation that failed may have come a part of its way.
    void adopt_size(const std::string &at, std::size_t asked, std::string &content) {
        for (unsigned tries = 0; tries < 1000; ++tries) {
            const auto stat = client_.stat(at);
            if (!stat) continue;
            EXPECT_TRUE(stat->size <= content.size() && stat->size >= std::min(asked, content.size()));
            return content.resize(stat->size);
        }
        ADD_FAILURE() << "the device never works";
    }
    void remove() {
        const std::string at = said_ = path();
        const Place place = find(at);
        Expected expected = place.error;
        if (!expected && !place.node) expected = Error::no_entry;
        if (!expected && place.node->kind == Kind::directory) expected = Error::is_directory;
        if (!agree(client_.remove(at), expected)) return;
        --place.node->links;
        place.directory->entries.erase(place.name);
    }
    void remove_directory() {
        const std::string at = said_ = path();
        const Place place = find(at);
        Expected expected = place.error;
        if (!expected && !place.node) expected = Error::no_entry;
        if (!expected && place.node->kind != Kind::directory) expected = Error::not_directory;
        if (!expected && !place.node->entries.empty()) expected = Error::not_empty;
        if (agree(client_.remove(at, true), expected)) place.directory->entries.erase(place.name);
    }
    void link() {
        const std::string from = path(), to = path();
        const Place source = find(from), place = find(to);
        Expected expected = cannot_open(from, source);
        if (!expected) expected = place.error;
        if (!expected && source.node->kind == Kind::directory) expected = Error::not_permitted;
        if (!expected && place.node) expected = Error::exists;
        said_ = "link " + from + " " + to;
        if (!agree(client_.link(from, to), expected)) return;
        ++source.node->links;
        place.directory->entries[place.name] = source.node;
    }
    Expected cannot_rename(const std::string &from, const std::string &to, const Place &source, const Place &place) {
        if (!source.found) return source.error;
        if (source.error && place.found) return source.error;
        if (place.error) return place.error;
        if (!source.node) return Error::no_entry;
        if (source.node == place.node) return {};
        if (from.starts_with(to + "/")) return Error::not_empty;
        const bool directory = source.node->kind == Kind::directory;
        if (directory && to.starts_with(from + "/")) return Error::invalid;
        if (!place.node) return {};
        const bool replaces_directory = place.node->kind == Kind::directory;
        if (directory && !replaces_directory) return Error::not_directory;
        if (!directory && replaces_directory) return Error::is_directory;
        if (directory && !place.node->entries.empty()) return Error::not_empty;
        return {};
    }
    void rename() {
        const std::string from = path(), to = path();
        const Place source = find(from), place = find(to);
        said_ = "rename " + from + " " + to;
        if (!agree(client_.rename(from, to), cannot_rename(from, to, source, place))) return;
        if (source.node == place.node) return;
        if (place.node && place.node->links > 0) --place.node->links;
        place.directory->entries[place.name] = source.node;
        source.directory->entries.erase(source.name);
    }
    void open_and_unlink() {
        const std::string at = said_ = file_path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file || place.node->links != 1) return;
        if (open_.size() > 5) release_open_files();
        const auto node = client_.open(at);
        if (!node) {
            EXPECT_TRUE(io_error(node.error()));
            return;
        }
        if (!agree(client_.remove(at), {})) {
            EXPECT_TRUE(client_.release(node->inode));
            return;
        }
        open_.emplace_back(node->inode, place.node->content);
        place.directory->entries.erase(place.name);
    }

    void compare_directory(const std::string &path, const ModelNode &directory) {
        auto records = client_.list(path, 300 + pick(700));
        ASSERT_TRUE(records) << path;
        if (path.empty() && !prefix_.empty())
            std::erase_if(*records, [this](const auto &record) { return !record.first.starts_with(prefix_); });
        EXPECT_EQ(records->size(), directory.entries.size() + (path.empty() && !prefix_.empty() ? 0 : 2)) << path;
        for (const auto &[name, node] : directory.entries) {
            EXPECT_TRUE(records->contains(name)) << path << "/" << name;
            compare_node(path.empty() ? name : path + "/" + name, *node);
        }
    }
    void compare_node(const std::string &path, const ModelNode &node) {
        const auto stat = client_.stat(path);
        ASSERT_TRUE(stat) << path;
        if (node.kind == Kind::directory) {
            EXPECT_EQ(stat->links, 2 + directories_in(node)) << path;
            return compare_directory(path, node);
        }
        EXPECT_EQ(stat->links, node.links) << path;
        EXPECT_EQ(stat->size, node.content.size()) << path;
        const auto content = node.kind == Kind::file ? client_.read(path) : client_.read_link(path);
        ASSERT_TRUE(content) << path;
        EXPECT_TRUE(*content == node.content) << path << " differs";
    }
    static std::uint64_t directories_in(const ModelNode &node) {
        std::uint64_t count = 0;
        for (const auto &[name, child] : node.entries) count += child->kind == Kind::directory;
        return count;
    }

    Served &served_;
    FsClient<Served> client_;
    std::mt19937 random_;
    std::size_t largest_;
    std::string prefix_;
    ModelRef root_;
    std::string said_;  // the last operation, for messages
    std::vector<std::pair<std::uint64_t, std::string>> open_;
};

}  // namespace axo::host
