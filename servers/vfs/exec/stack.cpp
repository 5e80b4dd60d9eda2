// See stack.hpp.
#include "servers/vfs/exec/stack.hpp"

#include <cstring>

#include "axo/layout.hpp"
#include "axo/vdso.hpp"

namespace axo::vfs {
namespace {

constexpr std::uint64_t aux_null = 0, aux_headers = 3, aux_header_bytes = 4, aux_header_count = 5, aux_page = 6,
                        aux_base = 7, aux_flags = 8, aux_entry = 9, aux_uid = 11, aux_effective_uid = 12, aux_gid = 13,
                        aux_effective_gid = 14, aux_platform = 15, aux_hardware = 16, aux_clock = 17, aux_secure = 23,
                        aux_random = 25, aux_path = 31, aux_vdso = 33;
constexpr std::size_t aux_pairs = 19;
constexpr std::uint64_t clock_ticks = 100;
constexpr std::uint64_t program_header_bytes = 56;
constexpr std::string_view platform = "x86_64";
constexpr std::size_t random_bytes = 16, end_marker = 8;

std::size_t text_bytes(const ArgumentBlock &strings, const StackFacts &facts) {
    return end_marker + facts.path.size() + 1 + strings.strings().size() + platform.size() + 1 + random_bytes;
}

std::size_t pointer_words(const ArgumentBlock &strings) {
    return 1 + strings.argument_count() + 1 + strings.environment_count() + 1 + 2 * aux_pairs;
}

/// Writes downwards from the end of the stack; knows the user address of what it wrote.
class Writer {
public:
    explicit Writer(std::span<std::byte> out) : out_(out), at_(out.size()) {}
    std::uint64_t push(const void *data, std::size_t bytes) {
        at_ -= bytes;
        std::memcpy(out_.data() + at_, data, bytes);
        return address();
    }
    std::uint64_t push_text(std::string_view text) {
        at_ -= 1;
        out_[at_] = std::byte{0};
        return push(text.data(), text.size());
    }
    void skip_to(std::size_t position) { at_ = position; }
    std::size_t position() const { return at_; }
    std::uint64_t address() const { return layout::stack_end - out_.size() + at_; }
    void put_word(std::uint64_t word) {
        std::memcpy(out_.data() + at_, &word, sizeof word);
        at_ += sizeof word;
    }

private:
    std::span<std::byte> out_;
    std::size_t at_;
};

/// Puts the pointers of `count` strings that lie one after the other from `text` on.
std::string_view put_pointers(Writer &writer, std::string_view text, std::uint64_t &address, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        writer.put_word(address);
        const std::size_t bytes = text.find('\0') + 1;
        address += bytes;
        text.remove_prefix(bytes);
    }
    writer.put_word(0);
    return text;
}

}  // namespace

bool ArgumentBlock::fits(std::size_t more_bytes) const {
    const std::size_t pointers = (arguments_ + environment_ + std::size_t{1}) * sizeof(std::uint64_t);
    return used_ + more_bytes <= storage_.size() && used_ + more_bytes + pointers <= exec_strings_max;
}

Status ArgumentBlock::append(std::string_view text) {
    if (!fits(text.size() + 1)) return Error::too_big;
    std::memcpy(storage_.data() + used_, text.data(), text.size());
    storage_[used_ + text.size()] = '\0';
    used_ += text.size() + 1;
    return {};
}

Status ArgumentBlock::add_argument(std::string_view text) {
    if (Status done = append(text); !done) return done;
    ++arguments_;
    return {};
}

Status ArgumentBlock::add_environment(std::string_view text) {
    if (Status done = append(text); !done) return done;
    ++environment_;
    return {};
}

Status ArgumentBlock::accept_argument(std::size_t bytes) {
    if (!fits(bytes)) return Error::too_big;
    used_ += bytes;
    ++arguments_;
    return {};
}

Status ArgumentBlock::accept_environment(std::size_t bytes) {
    if (!fits(bytes)) return Error::too_big;
    used_ += bytes;
    ++environment_;
    return {};
}

Status ArgumentBlock::replace_first(std::string_view interpreter, std::string_view argument, std::string_view path) {
    const std::size_t old_bytes = arguments_ == 0 ? 0 : strings().find('\0') + 1;
    const std::size_t argument_bytes = argument.empty() ? 0 : argument.size() + 1;
    const std::size_t new_bytes = interpreter.size() + 1 + argument_bytes + path.size() + 1;
    if (new_bytes > old_bytes && !fits(new_bytes - old_bytes + 2 * sizeof(std::uint64_t))) return Error::too_big;
    std::memmove(storage_.data() + new_bytes, storage_.data() + old_bytes, used_ - old_bytes);
    char *at = storage_.data();
    const auto put = [&at](std::string_view text) {
        std::memcpy(at, text.data(), text.size());
        at[text.size()] = '\0';
        at += text.size() + 1;
    };
    put(interpreter);
    if (!argument.empty()) put(argument);
    put(path);
    used_ = used_ - old_bytes + new_bytes;
    arguments_ = (arguments_ == 0 ? 0 : arguments_ - 1) + (argument.empty() ? 2 : 3);
    return {};
}

ArgumentArea argument_area(const ArgumentBlock &strings, const StackFacts &facts) {
    std::string_view rest = strings.strings();
    const std::uint64_t end = layout::stack_end - end_marker - (facts.path.size() + 1);
    for (std::uint32_t i = 0; i < strings.argument_count(); ++i) rest.remove_prefix(rest.find('\0') + 1);
    return {VirtAddr{end - strings.strings().size()}, strings.strings().size() - rest.size()};
}

std::size_t stack_image_bytes(const ArgumentBlock &strings, const StackFacts &facts) {
    return text_bytes(strings, facts) + pointer_words(strings) * sizeof(std::uint64_t) + 32;  // twice 16 to align
}

Result<VirtAddr> build_stack(std::span<std::byte> out, const ArgumentBlock &strings, const StackFacts &facts) {
    if (out.size() < stack_image_bytes(strings, facts)) return Error::too_big;
    Writer writer(out);
    static constexpr std::uint64_t zero = 0;
    writer.push(&zero, end_marker);
    const std::uint64_t path = writer.push_text(facts.path);
    std::uint64_t text = writer.push(strings.strings().data(), strings.strings().size());
    const std::uint64_t platform_text = writer.push_text(platform);
    const std::uint64_t random = writer.push(facts.random, random_bytes);

    const std::size_t table_bytes = pointer_words(strings) * sizeof(std::uint64_t);
    const std::uint64_t pointer = (writer.address() - table_bytes) & ~std::uint64_t{15};
    writer.skip_to(writer.position() - static_cast<std::size_t>(writer.address() - pointer));
    writer.put_word(strings.argument_count());
    const std::string_view environment = put_pointers(writer, strings.strings(), text, strings.argument_count());
    put_pointers(writer, environment, text, strings.environment_count());
    const std::uint64_t auxiliary[aux_pairs][2] = {
        {aux_vdso, layout::vdso_code},
        {aux_headers, facts.program_headers},
        {aux_header_bytes, program_header_bytes},
        {aux_header_count, facts.program_header_count},
        {aux_page, page_size},
        {aux_base, 0},
        {aux_flags, 0},
        {aux_entry, facts.entry},
        {aux_uid, facts.uid},
        {aux_effective_uid, facts.effective_uid},
        {aux_gid, facts.gid},
        {aux_effective_gid, facts.effective_gid},
        {aux_secure, facts.secure ? 1u : 0u},
        {aux_random, random},
        {aux_hardware, facts.hardware},
        {aux_platform, platform_text},
        {aux_clock, clock_ticks},
        {aux_path, path},
        {aux_null, 0},
    };
    for (const auto &pair : auxiliary) {
        writer.put_word(pair[0]);
        writer.put_word(pair[1]);
    }
    return VirtAddr{pointer};
}

}  // namespace axo::vfs
