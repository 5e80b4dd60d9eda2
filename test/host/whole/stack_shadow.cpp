#include "test/host/whole/stack_shadow.hpp"

#include <pthread.h>

#include <utility>

#include "test/host/whole/raw_copy.hpp"

extern "C" {
void __sanitizer_start_switch_fiber(void **save, const void *bottom, std::size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, std::size_t *size);
void __asan_get_shadow_mapping(std::size_t *scale, std::size_t *offset);
}

namespace axo::whole {

namespace {

std::uint8_t *shadow(std::uint64_t address) {
    std::size_t scale, offset;
    __asan_get_shadow_mapping(&scale, &offset);
    return reinterpret_cast<std::uint8_t *>((address >> scale) + offset);
}

void now_on(const void *bottom, std::size_t bytes) {
    __sanitizer_start_switch_fiber(nullptr, bottom, bytes);
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
}

}  // namespace

StackShadow::StackShadow() {
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    void *bottom;
    pthread_attr_getstack(&attributes, &bottom, &kernel_stack_bytes_);
    kernel_stack_ = bottom;
    pthread_attr_destroy(&attributes);
}

StackShadow::~StackShadow() {
    std::uint8_t *const start = shadow(stack_bottom);
    raw_zero(start, static_cast<std::size_t>(shadow(layout::stack_end) - start));
}

/// Nothing is known of what was used last. The shadow's end.
std::uint8_t *StackShadow::clear() {
    std::uint8_t *const start = shadow(lowest_used_), *const end = shadow(layout::stack_end);
    raw_zero(start, static_cast<std::size_t>(end - start));
    return end;
}

void StackShadow::enter(std::uint64_t root) {
    if (root != root_) {
        if (root_ != 0) {
            std::uint8_t *const start = shadow(lowest_used_);
            std::vector<std::uint8_t> &keep = kept_[root_];
            keep.resize(static_cast<std::size_t>(shadow(layout::stack_end) - start));
            raw_copy(keep.data(), start, keep.size());
        }
        std::uint8_t *const end = clear();
        const std::vector<std::uint8_t> &kept = kept_[root];
        raw_copy(end - kept.size(), kept.data(), kept.size());
        root_ = root;
    }
    now_on(reinterpret_cast<const void *>(stack_bottom), layout::user_stack_max);
}

void StackShadow::forget(std::uint64_t root) {
    kept_.erase(root);
    if (root != root_) return;
    clear();
    root_ = 0;
}

void StackShadow::leave(std::uint64_t stack_pointer) {
    now_on(kernel_stack_, kernel_stack_bytes_);
    lowest_used_ = stack_pointer & ~std::uint64_t{63};
}

}  // namespace axo::whole
