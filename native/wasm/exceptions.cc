// C++ exceptions as WebAssembly's own. Debian's libc++abi for WebAssembly is built without them, so this is what the compiler's
// code calls: the Itanium C++ ABI's functions, for one thread, and LLVM's form of them for WebAssembly (`wasm.lsda`).
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <typeinfo>

namespace __cxxabiv1 {

// libc++abi's own class between std::type_info and the kinds of types. Only the order of its virtual functions counts.
class __attribute__((__visibility__("hidden"))) __shim_type_info : public std::type_info {
 public:
  ~__shim_type_info() override;
  virtual void noop1() const;
  virtual void noop2() const;
  /// Whether a handler of this type takes an exception of type `thrown`. Moves `object` to the base that the handler names.
  virtual bool can_catch(const __shim_type_info* thrown, void*& object) const = 0;
};

}  // namespace __cxxabiv1

namespace {

using Type = __cxxabiv1::__shim_type_info;

using Destroy = void* (*)(void*);  // destructors return the object on WebAssembly

constexpr int kExceptionTag = 0;  // LLVM's number of the tag __cpp_exception

/// Stands before the thrown object.
struct alignas(16) Thrown {
  const Type* type;
  Destroy destroy;
  void* caught;   // the object as its handler sees it
  Thrown* outer;  // the exception that was being handled when this one was caught
  int handlers;   // that have caught it and not ended; negative while it is thrown again

  void* object() { return this + 1; }
};

Thrown* handled = nullptr;  // the innermost
alignas(16) std::uint8_t reserve[256];

Thrown* of(void* object) { return static_cast<Thrown*>(object) - 1; }

std::uintptr_t read_uleb(const std::uint8_t*& at) {
  std::uintptr_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = *at++;
    value |= static_cast<std::uintptr_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
}

std::intptr_t read_sleb(const std::uint8_t*& at) {
  std::uintptr_t value = 0;
  for (unsigned shift = 0;;) {
    const std::uint8_t byte = *at++;
    value |= static_cast<std::uintptr_t>(byte & 0x7f) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    if ((byte & 0x40) != 0 && shift < 32) value |= ~std::uintptr_t{0} << shift;
    return static_cast<std::intptr_t>(value);
  }
}

/// A function's table of handlers.
struct Handlers {
  const Type* const* types;     // numbered from 1, backwards
  const std::uint8_t* pads;     // pairs: a landing pad's number, and where its actions begin
  const std::uint8_t* actions;  // pairs: a type's number, and how far on the next action is

  explicit Handlers(const std::uint8_t* at) {
    constexpr std::uint8_t kOmitted = 0xff;
    if (*at++ != kOmitted) read_uleb(at);
    types = nullptr;
    if (*at++ != kOmitted) {
      const std::uintptr_t offset = read_uleb(at);
      types = reinterpret_cast<const Type* const*>(at + offset);
    }
    ++at;  // the encoding of the pads, always ULEB128
    const std::uintptr_t size = read_uleb(at);
    pads = at;
    actions = at + size;
  }

  std::uintptr_t first_action(std::uintptr_t pad) const {
    for (const std::uint8_t* at = pads; at < actions;) {
      const std::uintptr_t number = read_uleb(at);
      const std::uintptr_t action = read_uleb(at);
      if (number == pad) return action;
    }
    std::abort();
  }
};

/// The number of the type that catches it, or 0: none does here, but there may be something to clean up.
int handler_of(Thrown* thrown, std::uintptr_t pad, const std::uint8_t* table) {
  const Handlers handlers(table);
  const std::uintptr_t first = handlers.first_action(pad);
  if (first == 0) return 0;
  for (const std::uint8_t* at = handlers.actions + (first - 1);;) {
    const std::intptr_t number = read_sleb(at);
    const std::uint8_t* const here = at;
    const std::intptr_t next = read_sleb(at);
    if (number > 0) {
      const Type* const type = handlers.types[-number];
      void* object = thrown->object();
      if (type == nullptr || type->can_catch(thrown->type, object)) {
        thrown->caught = object;
        return static_cast<int>(number);
      }
    }
    if (next == 0) return 0;
    at = here + next;
  }
}

}  // namespace

extern "C" {

/// The compiler's code writes the pad and the table before it asks _Unwind_CallPersonality, and reads the selector after.
struct {
  std::uintptr_t pad;
  const std::uint8_t* table;
  std::uintptr_t selector;
} __wasm_lpad_context;

int _Unwind_CallPersonality(void* object) {
  __wasm_lpad_context.selector =
      static_cast<std::uintptr_t>(handler_of(of(object), __wasm_lpad_context.pad, __wasm_lpad_context.table));
  return 0;
}

int __gxx_wasm_personality_v0() { std::abort(); }  // named in the tables, never called

void* __cxa_allocate_exception(std::size_t size) {
  void* memory = std::malloc(sizeof(Thrown) + size);
  // "Out of memory" must find room to be said.
  if (memory == nullptr && sizeof(Thrown) + size <= sizeof reserve) memory = reserve;
  if (memory == nullptr) std::abort();
  return (new (memory) Thrown{})->object();
}

void __cxa_free_exception(void* object) {
  if (of(object) != static_cast<void*>(reserve)) std::free(of(object));
}

[[noreturn]] void __cxa_throw(void* object, std::type_info* type, Destroy destroy) {
  of(object)->type = static_cast<const Type*>(type);
  of(object)->destroy = destroy;
  of(object)->caught = object;
  __builtin_wasm_throw(kExceptionTag, object);
}

void* __cxa_begin_catch(void* object) {
  Thrown* const thrown = of(object);
  thrown->handlers = std::abs(thrown->handlers) + 1;
  if (thrown != handled) {
    thrown->outer = handled;
    handled = thrown;
  }
  return thrown->caught;
}

void __cxa_end_catch() {
  Thrown* const thrown = handled;
  if (thrown->handlers < 0) {  // on its way to another handler
    if (++thrown->handlers == 0) handled = thrown->outer;
    return;
  }
  if (--thrown->handlers > 0) return;
  handled = thrown->outer;
  if (thrown->destroy != nullptr) thrown->destroy(thrown->object());
  __cxa_free_exception(thrown->object());
}

[[noreturn]] void __cxa_rethrow() {
  if (handled == nullptr) std::terminate();
  handled->handlers = -handled->handlers;
  __builtin_wasm_throw(kExceptionTag, handled->object());
}

void* __cxa_get_exception_ptr(void* object) { return of(object)->caught; }
}
