// Random operations on a file system beside a model of plain maps and strings: every answer must be
// the model's, and in the end every file and directory.
#pragma once

#include <gtest/gtest.h>

#include <memory>
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
    ModelRun(Served &served, unsigned seed, std::size_t largest_file)
        : client_(served), random_(seed), largest_(largest_file), root_(std::make_shared<ModelNode>()) {
        root_->kind = ModelNode::Kind::directory;
    }

    void step() {
        switch (pick(16)) {
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
            default: return open_and_unlink();
        }
    }
    /// What exists is what the model says, and nothing else.
    void compare() { compare_directory("", *root_); }
    void release_open_files() {
        for (const auto &[inode, content] : open_) {
            EXPECT_EQ(client_.read_from(inode, 0, content.size() + 10), content);
            EXPECT_TRUE(client_.release(inode));
        }
        open_.clear();
    }

private:
    using Kind = ModelNode::Kind;
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

    /// A path of up to four components from few names, so that they often exist.
    std::string path() {
        std::string result;
        for (unsigned depth = 1 + pick(4); depth > 0; --depth) {
            if (!result.empty()) result += '/';
            result += name();
        }
        return result;
    }
    std::string name() {
        const unsigned n = pick(14);
        if (n == 13) return std::string(200 + pick(56), 'l');
        return std::string(1 + n % 5, static_cast<char>('a' + n));
    }
    struct Place {
        ModelNode *directory = nullptr;
        std::string name;
        ModelRef node;
    };
    /// Where the path leads in the model; directory null: a parent is missing or no directory.
    Place find(const std::string &path) {
        ModelRef at = root_;
        std::size_t start = 0;
        for (std::size_t slash; (slash = path.find('/', start)) != std::string::npos; start = slash + 1) {
            const auto entry = at->entries.find(path.substr(start, slash - start));
            if (entry == at->entries.end() || entry->second->kind != Kind::directory) return {};
            at = entry->second;
        }
        Place place{at.get(), path.substr(start), nullptr};
        if (const auto entry = at->entries.find(place.name); entry != at->entries.end()) place.node = entry->second;
        return place;
    }
    std::string random_data(std::size_t bytes) {
        std::string data(bytes, '\0');
        const unsigned seed = pick(256);
        for (std::size_t i = 0; i < bytes; ++i) data[i] = static_cast<char>(seed + i * 7 + i / 251);
        return data;
    }
    /// True when the operation worked and the model is to follow. No space: the model stays as it is.
    bool agree(const Status &status, bool expected) {
        if (!status && status.error() == Error::no_space) return false;
        EXPECT_EQ(status.has_value(), expected) << "error " << (status ? 0 : static_cast<int>(status.error()));
        return status.has_value();
    }

    void create() {
        const std::string at = path();
        const Place place = find(at);
        if (!agree(client_.create(at), place.directory != nullptr && !place.node)) return;
        auto node = std::make_shared<ModelNode>();
        node->links = 1;
        place.directory->entries[place.name] = node;
    }
    void make_directory() {
        const std::string at = path();
        const Place place = find(at);
        if (!agree(client_.make_directory(at), place.directory != nullptr && !place.node)) return;
        auto node = std::make_shared<ModelNode>();
        node->kind = Kind::directory;
        place.directory->entries[place.name] = node;
    }
    void symlink() {
        const std::string at = path();
        const Place place = find(at);
        const std::string target = random_name_data();
        if (!agree(client_.symbolic_link(at, target), place.directory != nullptr && !place.node)) return;
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
        const std::string at = path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file) return;
        std::string &content = place.node->content;
        const bool append = pick(3) == 0;
        const std::size_t offset = append ? content.size() : pick(static_cast<unsigned>(largest_));
        const std::string data = random_data(pick(static_cast<unsigned>(largest_ / 4)));
        const auto written = client_.write(at, offset, data, append);
        if (!written) {
            EXPECT_EQ(written.error(), Error::no_space);
            return;
        }
        if (*written == 0) return;
        if (content.size() < offset + *written) content.resize(offset + *written, '\0');
        content.replace(offset, *written, data.substr(0, *written));
    }
    void truncate() {
        const std::string at = path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file) return;
        const std::size_t size = pick(static_cast<unsigned>(largest_));
        if (agree(client_.truncate(at, size), true)) place.node->content.resize(size, '\0');
    }
    void remove() {
        const std::string at = path();
        const Place place = find(at);
        if (!agree(client_.remove(at), place.node && place.node->kind != Kind::directory)) return;
        --place.node->links;
        place.directory->entries.erase(place.name);
    }
    void remove_directory() {
        const std::string at = path();
        const Place place = find(at);
        const bool possible = place.node && place.node->kind == Kind::directory && place.node->entries.empty();
        if (agree(client_.remove(at, true), possible)) place.directory->entries.erase(place.name);
    }
    void link() {
        const std::string from = path(), to = path();
        const Place source = find(from), place = find(to);
        const bool possible = source.node && source.node->kind != Kind::directory && place.directory && !place.node;
        if (!agree(client_.link(from, to), possible)) return;
        ++source.node->links;
        place.directory->entries[place.name] = source.node;
    }
    bool may_rename(const std::string &from, const std::string &to, const Place &source, const Place &place) {
        if (!source.node || !place.directory) return false;
        if (source.node == place.node) return true;
        const bool directory = source.node->kind == Kind::directory;
        if (directory && to.starts_with(from + "/")) return false;
        if (!place.node) return true;
        if (directory != (place.node->kind == Kind::directory)) return false;
        return !directory || place.node->entries.empty();
    }
    void rename() {
        const std::string from = path(), to = path();
        const Place source = find(from), place = find(to);
        if (!agree(client_.rename(from, to), may_rename(from, to, source, place))) return;
        if (source.node == place.node) return;
        if (place.node && place.node->links > 0) --place.node->links;
        place.directory->entries[place.name] = source.node;
        source.directory->entries.erase(source.name);
    }
    void open_and_unlink() {
        const std::string at = path();
        const Place place = find(at);
        if (!place.node || place.node->kind != Kind::file || place.node->links != 1) return;
        if (open_.size() > 5) release_open_files();
        const auto node = client_.open(at);
        ASSERT_TRUE(node);
        ASSERT_TRUE(client_.remove(at));
        open_.emplace_back(node->inode, place.node->content);
        place.directory->entries.erase(place.name);
    }

    void compare_directory(const std::string &path, const ModelNode &directory) {
        const auto records = client_.list(path, 300 + pick(700));
        ASSERT_TRUE(records) << path;
        EXPECT_EQ(records->size(), directory.entries.size() + 2) << path;
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

    FsClient<Served> client_;
    std::mt19937 random_;
    std::size_t largest_;
    ModelRef root_;
    std::vector<std::pair<std::uint64_t, std::string>> open_;
};

}  // namespace axo::host
