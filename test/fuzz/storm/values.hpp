// Where a storm's numbers come from: small ones, limits, what the service answered before, and wild ones.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "axo/types.hpp"

namespace axo::storm {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t next() { return engine_(); }
    /// 0 .. limit - 1.
    std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : engine_() % limit; }
    bool percent(unsigned chance) { return below(100) < chance; }
    template <typename Container>
    auto &one_of(Container &from) {
        return from[below(std::size(from))];
    }

private:
    std::mt19937_64 engine_;
};

/// Numbers that are likelier than chance to mean something.
class Numbers {
public:
    explicit Numbers(Random &random) : random_(random) {}

    /// What came in an answer may be asked for again: a size, a time.
    void learn(std::uint64_t value) { others_.add(value); }
    /// More likely the name of something: an inode, a handle, a pid, a descriptor.
    void learn_name(std::uint64_t value) { names_.add(value); }
    /// A name that is never forgotten.
    void anchor(std::uint64_t value) { anchors_.push_back(value); }

    /// What was learned; before anything was, a small number.
    std::uint64_t known() {
        const std::uint64_t kind = random_.below(10);
        if (kind < 3 && !anchors_.empty()) return random_.one_of(anchors_);
        if (kind < 7 && names_.count != 0) return names_.values[random_.below(names_.size())];
        if (kind < 9 && others_.count != 0) return others_.values[random_.below(others_.size())];
        return random_.below(4);
    }
    std::uint64_t number() {
        const std::uint64_t kind = random_.below(20);
        if (kind < 9) return random_.below(10);
        if (kind < 14) return known();
        if (kind < 19) return random_.one_of(limits) + random_.below(3) - 1;
        return random_.next();
    }
    std::string_view text() { return random_.one_of(texts); }

private:
    static constexpr std::uint64_t limits[] = {16,         64,           256,        512,        1024,
                                               4096,       8192,         65536,      1u << 20,   0x7fffffff,
                                               1ull << 31, 1ull << 32,   1ull << 44, 1ull << 47, 1ull << 63,
                                               ~0ull,      ~0ull - 4095, 0xffffff9c /* AT_FDCWD */};
    static constexpr std::string_view texts[] = {"/",
                                                 "a",
                                                 "b",
                                                 "a/b",
                                                 "/tmp",
                                                 "/tmp/a",
                                                 "/tmp/b",
                                                 "..",
                                                 ".",
                                                 "/dev/console",
                                                 "/tmp/../a",
                                                 "/bin/x",
                                                 "tmpfs",
                                                 "none",
                                                 "size=1",
                                                 "hello",
                                                 "tty",
                                                 "/proc/self",
                                                 "/tmp/a/b/c/d",
                                                 ""};

    Random &random_;
    /// The last ones.
    struct Known {
        std::array<std::uint64_t, 24> values{};
        std::size_t count = 0;
        void add(std::uint64_t value) {
            if (value > 1) values[count++ % values.size()] = value;
        }
        std::size_t size() const { return std::min(count, values.size()); }
    };
    Known names_, others_;
    std::vector<std::uint64_t> anchors_;
};

}  // namespace axo::storm
