// A member function bound to an object, two words, no allocation. Never stored in the state arena.
#pragma once

namespace axo {

struct Callback {
    void (*function)(void *) = nullptr;
    void *object = nullptr;

    void operator()() const { function(object); }
    explicit operator bool() const { return function != nullptr; }
};

/// bind<&Service::tick>(*this): calls object.tick().
template <auto method, class T>
Callback bind(T &object) {
    return {[](void *target) { (static_cast<T *>(target)->*method)(); }, &object};
}

}  // namespace axo
