// Forms of each loop: one for every processor, and those for x86 processors with wider vectors.
#ifndef HINGE_DISPATCH_H
#define HINGE_DISPATCH_H

#define HINGE_INLINE static inline __attribute__((always_inline))

// Defines `NAME_best PARAMETERS`, which runs `NAME ARGUMENTS` in the widest vectors that the processor has. Multiplications
// and additions are fused in all wide forms, so that these agree to the bit.
#if defined(__x86_64__)
#define HINGE_DISPATCH(name, parameters, arguments)                                        \
  __attribute__((target("avx2,fma"))) static void name##_avx2 parameters { name arguments; } \
  __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"), min_vector_width(512)))     \
  static void name##_avx512 parameters { name arguments; }                                 \
  static void name##_best parameters {                                                     \
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&         \
        __builtin_cpu_supports("avx512dq")) {                                              \
      name##_avx512 arguments;                                                             \
    } else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {          \
      name##_avx2 arguments;                                                               \
    } else {                                                                               \
      name arguments;                                                                      \
    }                                                                                      \
  }
#else
#define HINGE_DISPATCH(name, parameters, arguments) \
  static void name##_best parameters { name arguments; }
#endif

#endif
