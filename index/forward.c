/* The forward pass of a BERT encoder in int8 (index/forward.py says what it is given).
 *
 * Weights have eight bits and one scale for each output; what is multiplied by them has eight, too,
 * and one scale for each token. Products of both are added as integers, so nothing is lost there and
 * the vector of a text is the same, bit for bit, on every processor. All else is in float32, and
 * added in the same order everywhere.
 */

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#define WIDE __attribute__((target("avx2,fma")))
#define VNNI __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vnni")))
#else
#define WIDE
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define INLINE WIDE ALWAYS_INLINE

/* All of a loop that goes round eight times at most. By GCC's name for it clang would keep the sums
 * in memory.
 */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

typedef int64_t i64;

/* Cells of a matrix lie in strips of so many outputs: all inputs of the first strip, four at a time,
 * then those of the next. So many TOKENS go together in attention, so many are multiplied TOGETHER by
 * a strip, and at MOST so many where there is VNNI: of more the sums would not fit into registers.
 */
enum { STRIP = 16, TOKENS = 4, TOGETHER = 6, MOST = 8 };

/* What is left of so many tokens: TOKENS at most, or TOGETHER, or MOST. Each number is compiled for
 * itself, with all sums in registers.
 */
#define FOR_SOME(left, DO)                                                                         \
    switch (left) {                                                                                \
    case 1: DO(1); break;                                                                          \
    case 2: DO(2); break;                                                                          \
    case 3: DO(3); break;                                                                          \
    default: DO(TOKENS);                                                                           \
    }
#define FOR_MORE(left, DO)                                                                         \
    switch (left) {                                                                                \
    case 5: DO(5); break;                                                                          \
    case TOGETHER: DO(TOGETHER); break;                                                            \
    default: FOR_SOME(left, DO)                                                                    \
    }
#define FOR_MOST(left, DO)                                                                         \
    switch (left) {                                                                                \
    case 7: DO(7); break;                                                                          \
    case MOST: DO(MOST); break;                                                                    \
    default: FOR_MORE(left, DO)                                                                    \
    }

/* As index/forward.py has them. */
static const float LARGEST = 127;
enum { BLOCK = 128 };

/* All else goes by eight floats at once; whatever processor, sums are taken in so many lanes. */
enum { LANES = 8 };
typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t Whole __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint16_t Halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

/* As index/forward.py declares them. Arrays hold one layer after the other. */
typedef struct {
    const int8_t *cells;                  /* (layers, outputs / STRIP, inputs / 4, STRIP, 4) */
    const int32_t *zero;                  /* (layers, outputs): the sums for rows of 0 */
    const float *scale, *bias;            /* the same */
} Matrix;

typedef struct {
    const float *gain, *shift;            /* (layers, width) each */
} Norm;

typedef struct {
    i64 layers, width, wide, heads, mean; /* mean: 0 takes the first token's row */
    double epsilon;
    const uint16_t *words;                /* (vocabulary, width), in half precision */
    const float *positions;               /* (positions, width) */
    Norm embedded;                        /* (width,) */
    Matrix attend, mix;
    Norm mixed;
    Matrix widen, narrow;
    Norm narrowed;
} Bert;

/* Whether this processor has what all that is WIDE is compiled for. */
i64 qa_runs_here(void) {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 1;
#endif
}

#ifdef __x86_64__
/* Whether it has what all that is VNNI is compiled for. */
static int has_vnni(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vnni");
}
#endif

/* Functions of a number ----------------------------------------------------------------------- */

INLINE Lanes at(const float *values) { return *(const Lanes *)values; }

INLINE void put(float *values, Lanes lanes) { *(Lanes *)values = lanes; }

/* One or the other, where a comparison is true or not. */
INLINE Lanes chosen(Whole where, Lanes one, Lanes other) {
    return (Lanes)((where & (Whole)one) | (~where & (Whole)other));
}

INLINE Lanes larger(Lanes one, Lanes other) { return chosen(one > other, one, other); }

INLINE Lanes magnitude(Lanes x) { return (Lanes)((Whole)x & INT32_MAX); }

INLINE Lanes all(float value) {
    return (Lanes){value, value, value, value, value, value, value, value};
}

/* one * other + more, rounded once. */
INLINE Lanes fused(Lanes one, Lanes other, Lanes more) {
    for (int lane = 0; lane < LANES; lane++)
        more[lane] = __builtin_fmaf(one[lane], other[lane], more[lane]);
    return more;
}

/* The nearest whole number, ties to even, of one below 2^22. */
INLINE Lanes rounded(Lanes x) {
    const float shift = 12582912; /* 1.5 * 2^23: no bits are left behind the point */
    return (x + shift) - shift;
}

/* e^x for x <= 0, to 2 units of the last place; e^-87 below -87 (Cephes, expf: Moshier, 1989). */
INLINE Lanes exponential(Lanes x) {
    x = larger(x, all(-87));
    Lanes power = rounded(x * 1.44269504f);
    Lanes rest = fused(power, all(-0.693359375f), x);
    rest = fused(power, all(2.12194440e-4f), rest);
    Lanes sum = fused(rest, all(1.9875691500e-4f), all(1.3981999507e-3f));
    sum = fused(sum, rest, all(8.3334519073e-3f));
    sum = fused(sum, rest, all(4.1665795894e-2f));
    sum = fused(sum, rest, all(1.6666665459e-1f));
    sum = fused(sum, rest, all(5.0000001201e-1f));
    sum = fused(sum, rest * rest, rest + 1);
    return sum * (Lanes)((__builtin_convertvector(power, Whole) + 127) << 23);
}

/* x times the normal distribution's share below x (erf: Abramowitz and Stegun, 7.1.26). */
INLINE Lanes gelu(Lanes x) {
    Lanes apart = magnitude(x) * 0.707106781f, t = 1 / fused(apart, all(0.3275911f), all(1));
    Lanes sum = fused(t, all(1.061405429f), all(-1.453152027f));
    sum = fused(sum, t, all(1.421413741f));
    sum = fused(sum, t, all(-0.284496736f));
    sum = fused(sum, t, all(0.254829592f));
    Lanes beyond = sum * t * exponential(-apart * apart) * 0.5f;
    return x * chosen(x < 0, beyond, 1 - beyond);
}

static i64 larger_of(i64 one, i64 other) { return one > other ? one : other; }

static i64 smaller_of(i64 one, i64 other) { return one < other ? one : other; }

static i64 whole_lanes(i64 count) { return (count + LANES - 1) / LANES * LANES; }

INLINE float added(Lanes lanes) {
    float sum = 0;
    for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
    return sum;
}

INLINE float largest(Lanes lanes) {
    float most = lanes[0];
    for (int lane = 1; lane < LANES; lane++) most = lanes[lane] > most ? lanes[lane] : most;
    return most;
}

/* Matrices ------------------------------------------------------------------------------------ */

/* Lanes beside those that are so far away: their sum in one, and what they differ by in the other. */
INLINE Lanes crossed(Lanes x, const int apart) {
    Lanes other, sign;
    for (int lane = 0; lane < LANES; lane++) {
        other[lane] = x[lane ^ apart];
        sign[lane] = lane & apart ? -1 : 1;
    }
    return fused(x, sign, other);
}

/* So many lanes of a row times a Hadamard matrix (Sylvester's, of 1 and -1), and the largest
 * magnitudes.
 */
INLINE Lanes spread_block(const int count, const float *row, float *found) {
    Lanes lanes[BLOCK / LANES], most = {};
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) lanes[i] = at(row + i * LANES);
#pragma GCC unroll 4
    for (int apart = 1; apart < count; apart *= 2)
#pragma GCC unroll 16
        for (int i = 0; i < count; i++) {
            if (i & apart) continue;
            Lanes one = lanes[i], other = lanes[i + apart];
            lanes[i] = one + other;
            lanes[i + apart] = one - other;
        }
#pragma GCC unroll 16
    for (int i = 0; i < count; i++) {
        Lanes x = crossed(crossed(crossed(lanes[i], 1), 2), 4);
        put(found + i * LANES, x);
        most = larger(most, magnitude(x));
    }
    return most;
}

/* A row in blocks as large as go into it. What is large in few places is spread over its block, so
 * that fewer bits tell as much (Ashkboos et al., 2024). Weights are multiplied by the inverse
 * (index/forward.py): the products are what they were.
 */
WIDE static float spread(const float *row, i64 width, float *found) {
    i64 block = smaller_of(width & -width, BLOCK);
    Lanes most = (Lanes){} + 1e-30f;
    for (i64 i = 0; i < width; i += block) switch (block / LANES) {
        case 16: most = larger(most, spread_block(16, row + i, found + i)); break;
        case 8: most = larger(most, spread_block(8, row + i, found + i)); break;
        case 4: most = larger(most, spread_block(4, row + i, found + i)); break;
        default: most = larger(most, spread_block(2, row + i, found + i));
        }
    return largest(most);
}

/* As bytes, lanes that are from 0 to 255. */
INLINE void put_bytes(uint8_t *bytes, Whole lanes) {
#ifdef __x86_64__
    __m256i whole = (__m256i)lanes;
    __m128i halves =
        _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)bytes, _mm_packus_epi16(halves, halves));
#else
    for (int lane = 0; lane < LANES; lane++) bytes[lane] = (uint8_t)lanes[lane];
#endif
}

/* Rows are spread, and become whole numbers from 0 to 2 * LARGEST, with LARGEST for 0; steps are
 * what one is worth: (tokens, width), (tokens,). row: room for one.
 */
WIDE static void quantise(const float *rows, i64 tokens, i64 width, float *row, uint8_t *numbers,
                          float *steps) {
    for (i64 token = 0; token < tokens; token++, rows += width, numbers += width) {
        float size = spread(rows, width, row), scale = LARGEST / size;
        steps[token] = size / LARGEST;
        for (i64 i = 0; i < width; i += LANES) {
            Lanes whole = rounded(at(row + i) * scale) + LARGEST;
            put_bytes(numbers + i, __builtin_convertvector(whole, Whole));
        }
    }
}

/* Four inputs of each output, numbers times cells, added to its sum: each two products in 16 bits,
 * which they fit into (index/forward.py sees to it).
 */
INLINE Whole plus_products(Whole sums, const uint8_t *numbers, const int8_t *cells) {
#ifdef __x86_64__
    int32_t four;
    memcpy(&four, numbers, sizeof four);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi32(four),
                                         _mm256_loadu_si256((const __m256i *)cells));
    return sums + (Whole)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
#else
    for (int lane = 0; lane < LANES; lane++)
        for (int i = 0; i < 4; i++) sums[lane] += numbers[i] * cells[4 * lane + i];
    return sums;
#endif
}

/* Has cells of the next strip brought from memory, 64 bytes, while this one is multiplied: a text
 * goes through all weights, which no cache near the processor holds. Once its tokens have gone
 * through a strip it is not needed for long (the last 0), so it should not displace what else is
 * kept there. After the last strip something else lies there, or nothing, which does no harm.
 */
INLINE void fetch(const int8_t *cells) { __builtin_prefetch(cells, 0, 0); }

/* A strip's part of a matrix. */
typedef struct {
    const int8_t *cells;
    const int32_t *zero;
    const float *scale, *bias;
} Strip;

/* Some tokens' numbers times a strip, and its bias: into their rows. */
INLINE void multiply(const int tokens, const uint8_t *numbers, const float *steps, Strip strip,
                     i64 inputs, float *rows, i64 outputs) {
    Whole low[TOGETHER] = {}, high[TOGETHER] = {};
    const int8_t *left = strip.cells, *right = left + 4 * LANES;
    for (i64 input = 0; input < inputs; input += 4, left += 4 * STRIP, right += 4 * STRIP) {
        fetch(left + inputs * STRIP);
        UNROLL
        for (int token = 0; token < tokens; token++) {
            const uint8_t *four = numbers + token * inputs + input;
            low[token] = plus_products(low[token], four, left);
            high[token] = plus_products(high[token], four, right);
        }
    }
    UNROLL
    for (int token = 0; token < tokens; token++, rows += outputs)
#pragma GCC unroll 2
        for (int half = 0; half < STRIP; half += LANES) {
            Whole sums = (half ? high : low)[token] - *(const Whole *)(strip.zero + half);
            Lanes weights = steps[token] * at(strip.scale + half);
            put(rows + half,
                __builtin_convertvector(sums, Lanes) * weights + at(strip.bias + half));
        }
}

#ifdef __x86_64__

/* What a strip has one of for each output. */
typedef float Outputs __attribute__((vector_size(4 * STRIP), aligned(4), may_alias));

/* As `plus_products`, of a whole strip and in one instruction. By its intrinsic GCC would copy the
 * sums to and fro.
 */
VNNI ALWAYS_INLINE __m512i plus_products_by_vnni(__m512i sums, const uint8_t *numbers, __m512i cells) {
    int32_t four;
    memcpy(&four, numbers, sizeof four);
    __m512i all_four = _mm512_set1_epi32(four);
    __asm__("vpdpbusd {%2, %1, %0|%0, %1, %2}" : "+v"(sums) : "v"(all_four), "v"(cells));
    return sums;
}

/* The same sums, and rows, as by `multiply`. Each token has two sums: one would wait for itself. */
VNNI ALWAYS_INLINE void multiply_by_vnni(const int tokens, const uint8_t *numbers,
                                         const float *steps, Strip strip, i64 inputs, float *rows,
                                         i64 outputs) {
    __m512i even[MOST] = {}, odd[MOST] = {};
    const int8_t *cells = strip.cells;
    for (i64 input = 0; input < inputs; input += 8, cells += 8 * STRIP) {
        fetch(cells + inputs * STRIP);
        fetch(cells + (inputs + 4) * STRIP);
        __m512i first = _mm512_loadu_si512(cells), second = _mm512_loadu_si512(cells + 4 * STRIP);
        UNROLL
        for (int token = 0; token < tokens; token++) {
            const uint8_t *one = numbers + token * inputs + input;
            even[token] = plus_products_by_vnni(even[token], one, first);
            odd[token] = plus_products_by_vnni(odd[token], one + 4, second);
        }
    }
    UNROLL
    for (int token = 0; token < tokens; token++, rows += outputs) {
        __m512i sums = _mm512_sub_epi32(_mm512_add_epi32(even[token], odd[token]),
                                        _mm512_loadu_si512(strip.zero));
        Outputs weights = steps[token] * *(const Outputs *)strip.scale;
        *(Outputs *)rows =
            (Outputs)_mm512_cvtepi32_ps(sums) * weights + *(const Outputs *)strip.bias;
    }
}
#endif

/* The rows times a layer's matrix, and its bias: (tokens, outputs). So many tokens at a time go in
 * groups of like size: a small one would wait for its sums.
 */
#define PRODUCT(most, FOR, DO)                                                                     \
    i64 groups = (tokens + most - 1) / most;                                                       \
    for (i64 output = 0; output < outputs; output += STRIP) {                                      \
        i64 first = layer * outputs + output;                                                      \
        Strip strip = {matrix->cells + first * inputs, matrix->zero + first,                       \
                       matrix->scale + first, matrix->bias + first};                               \
        for (i64 group = 0; group < groups; group++) {                                             \
            i64 token = tokens * group / groups, end = tokens * (group + 1) / groups;              \
            FOR(end - token, DO)                                                                   \
        }                                                                                          \
    }
#define MULTIPLY(some)                                                                             \
    multiply(some, numbers + token * inputs, steps + token, strip, inputs,                         \
             rows + token * outputs + output, outputs)
#define MULTIPLY_BY_VNNI(some)                                                                     \
    multiply_by_vnni(some, numbers + token * inputs, steps + token, strip, inputs,                 \
                     rows + token * outputs + output, outputs)

#ifdef __x86_64__
VNNI static void product_by_vnni(const Matrix *matrix, i64 layer, i64 inputs, i64 outputs,
                                 const uint8_t *numbers, const float *steps, i64 tokens,
                                 float *rows) {
    PRODUCT(MOST, FOR_MOST, MULTIPLY_BY_VNNI)
}
#endif

WIDE static void product(const Matrix *matrix, i64 layer, i64 inputs, i64 outputs,
                         const uint8_t *numbers, const float *steps, i64 tokens, float *rows) {
#ifdef __x86_64__
    if (has_vnni()) {
        product_by_vnni(matrix, layer, inputs, outputs, numbers, steps, tokens, rows);
        return;
    }
#endif
    PRODUCT(TOGETHER, FOR_MORE, MULTIPLY)
}
#undef MULTIPLY
#undef MULTIPLY_BY_VNNI

/* Between them -------------------------------------------------------------------------------- */

WIDE static void add(float *rows, const float *others, i64 count) {
    for (i64 i = 0; i < count; i += LANES) put(rows + i, at(rows + i) + at(others + i));
}

/* Layer normalisation of each row, in place (Ba et al., 2016). */
WIDE static void normalise(const Bert *bert, const Norm *norm, i64 layer, float *rows, i64 tokens) {
    i64 width = bert->width;
    const float *gain = norm->gain + layer * width, *shift = norm->shift + layer * width;
    for (i64 token = 0; token < tokens; token++, rows += width) {
        Lanes sum = {}, squares = {};
        for (i64 i = 0; i < width; i += LANES) sum += at(rows + i);
        float mean = added(sum) / (float)width;
        for (i64 i = 0; i < width; i += LANES) {
            Lanes apart = at(rows + i) - mean;
            put(rows + i, apart);
            squares += apart * apart;
        }
        float scale = 1 / sqrtf(added(squares) / (float)width + (float)bert->epsilon);
        for (i64 i = 0; i < width; i += LANES)
            put(rows + i, at(rows + i) * scale * at(gain + i) + at(shift + i));
    }
}

/* Some rows of weights, (some, count), times so many lanes of a matrix's columns. Several sums at
 * once: one would wait for itself.
 */
INLINE void weigh_lanes(const int some, const int lanes, const float *weights, i64 weights_apart,
                        i64 count, const float *matrix, i64 columns, float *sums, i64 sums_apart) {
    Lanes found[TOKENS][2] = {};
    for (i64 i = 0; i < count; i++, matrix += columns)
        UNROLL
        for (int row = 0; row < some; row++)
#pragma GCC unroll 2
            for (int lane = 0; lane < lanes; lane++)
                found[row][lane] = fused(all(weights[row * weights_apart + i]),
                                         at(matrix + lane * LANES), found[row][lane]);
    UNROLL
    for (int row = 0; row < some; row++)
#pragma GCC unroll 2
        for (int lane = 0; lane < lanes; lane++)
            put(sums + row * sums_apart + lane * LANES, found[row][lane]);
}

/* The same for all columns, of which there are whole lanes: into (some, columns). So far apart lie
 * rows of weights, and rows of sums.
 */
INLINE void weigh(const int some, const float *weights, i64 weights_apart, i64 count,
                  const float *matrix, i64 columns, float *sums, i64 sums_apart) {
    i64 column = 0;
    for (; column + 2 * LANES <= columns; column += 2 * LANES)
        weigh_lanes(some, 2, weights, weights_apart, count, matrix + column, columns,
                    sums + column, sums_apart);
    if (column < columns)
        weigh_lanes(some, 1, weights, weights_apart, count, matrix + column, columns,
                    sums + column, sums_apart);
}

/* Scores become shares of 1, in place. To whole lanes there lies beyond the tokens what was there
 * before: it has no share.
 */
INLINE void softmax(float *scores, i64 tokens) {
    i64 padded = whole_lanes(tokens);
    for (i64 other = tokens; other < padded; other++) scores[other] = -1e30f;
    Lanes most = at(scores), sum = {};
    for (i64 other = LANES; other < padded; other += LANES)
        most = larger(most, at(scores + other));
    float best = largest(most);
    for (i64 other = 0; other < padded; other += LANES) {
        put(scores + other, exponential(at(scores + other) - best));
        sum += at(scores + other);
    }
    /* What is there now is next to 0, and such numbers take long to divide. */
    for (i64 other = tokens; other < padded; other++) scores[other] = 0;
    float whole = added(sum);
    for (i64 other = 0; other < padded; other += LANES)
        put(scores + other, at(scores + other) / whole);
}

/* What some tokens take of all, in one head. */
INLINE void take(const int some, const float *queries, const float *keys, const float *values,
                 i64 width, i64 size, i64 tokens, float *shares, float *rows) {
    i64 padded = whole_lanes(tokens);
    weigh(some, queries, 3 * width, size, keys, padded, shares, padded);
    for (int row = 0; row < some; row++) softmax(shares + row * padded, tokens);
    weigh(some, shares, padded, tokens, values, size, rows, width);
}

/* Every head's mixture of the values of a text's tokens (Vaswani et al., 2017), for those from one
 * to before another: rows, (to - from, width). projected: queries, keys and values, (tokens, 3 *
 * width). keys: room for one head's, (size, padded), padded being the tokens' number made whole in
 * lanes, and its values, (tokens, size). shares: room for (TOKENS, padded).
 */
WIDE static void attend(const Bert *bert, const float *projected, i64 tokens, i64 from, i64 to,
                        float *keys, float *shares, float *rows) {
    i64 width = bert->width, size = width / bert->heads, padded = whole_lanes(tokens);
    float scale = 1 / sqrtf((float)size), *values = keys + size * padded;
    for (i64 head = 0; head < bert->heads; head++, projected += size, rows += size) {
        for (i64 token = 0; token < tokens; token++) {
            const float *key = projected + token * 3 * width + width;
            for (i64 i = 0; i < size; i++) keys[i * padded + token] = key[i] * scale;
            memcpy(values + token * size, key + width, (size_t)size * sizeof *values);
        }
        for (i64 token = from; token < to; token += TOKENS) {
#define TAKE(some)                                                                                 \
    take(some, projected + token * 3 * width, keys, values, width, size, tokens, shares,           \
         rows + (token - from) * width)
            FOR_SOME(to - token, TAKE)
        }
    }
}

/* A token's row: what there is of its word and of its position, added. */
WIDE static void look_up(const Bert *bert, i64 word, i64 position, float *row) {
    const uint16_t *halves = bert->words + word * bert->width;
    const float *there = bert->positions + position * bert->width;
    for (i64 i = 0; i < bert->width; i += LANES) {
        Whole bits = __builtin_convertvector(*(const Halves *)(halves + i), Whole);
        /* Its exponent has other bits: the factor puts it right, exactly, if it is a number. */
        Lanes size = (Lanes)((bits & 0x7FFF) << 13) * 0x1p112f;
        put(row + i, (Lanes)((Whole)size | (bits & 0x8000) << 16) + at(there + i));
    }
}

/* The mean of the rows, or the first, made of length 1. */
WIDE static void pool(const Bert *bert, const float *rows, i64 tokens, float *vector) {
    i64 width = bert->width;
    memcpy(vector, rows, (size_t)width * sizeof *vector);
    if (bert->mean)
        for (i64 token = 1; token < tokens; token++) add(vector, rows + token * width, width);
    Lanes squares = {};
    for (i64 i = 0; i < width; i += LANES) squares += at(vector + i) * at(vector + i);
    float length = sqrtf(added(squares));
    for (i64 i = 0; i < width; i += LANES) put(vector + i, at(vector + i) / length);
}

/* A pass ------------------------------------------------------------------------------------- */

/* As index/forward.py declares it. Several threads may work on a pass. Its tokens are cut into
 * parts, which need each other in attention only: so it goes by stages, from one attention to the
 * next, in each of which every part has a turn, and whoever works on the pass takes the next one.
 * The vectors are the same, however many parts there are, and whoever takes them.
 */
typedef struct {
    const Bert *bert;
    const i64 *ids, *starts;              /* (tokens,); where each text begins, and the end */
    i64 texts, tokens, parts;
    float *room, *vectors;                /* of qa_room; (texts, width) */
    _Atomic i64 taken, done;              /* turns */
} Pass;

/* Where things lie in the room, in floats from its beginning: what all parts see, then what each
 * has for itself. Queries, keys and values have two places: what others still read is not written
 * over.
 */
typedef struct {
    i64 rows, projected[2], parts;
    i64 other, between, row, numbers, steps, keys, shares, part;
} Room;

static Room room_of(const Bert *bert, i64 tokens, i64 parts) {
    i64 width = bert->width, wide = larger_of(width, bert->wide);
    i64 most = (tokens + parts - 1) / parts;
    Room in = {0};
    in.projected[0] = in.rows + tokens * width;
    in.projected[1] = in.projected[0] + tokens * 3 * width;
    in.parts = in.projected[1] + tokens * 3 * width;
    in.between = in.other + most * width;
    in.row = in.between + most * wide;
    in.numbers = in.row + wide;
    in.steps = in.numbers + most * wide / 4; /* a number is a quarter of a float */
    in.keys = in.steps + most;
    in.shares = in.keys + 2 * whole_lanes(tokens) * (width / bert->heads);
    in.part = in.shares + TOKENS * whole_lanes(tokens);
    return in;
}

/* How many floats of room a pass needs. */
i64 qa_room(const Bert *bert, i64 tokens, i64 parts) {
    Room in = room_of(bert, tokens, parts);
    return in.parts + parts * in.part;
}

/* A part: tokens from one to before another, and what it has for itself. */
typedef struct {
    i64 from, to, tokens;
    float *rows, *other, *between, *row, *steps, *keys, *shares;
    uint8_t *numbers;
} Part;

static Part part_of(const Pass *pass, const Room *in, i64 number) {
    i64 from = pass->tokens * number / pass->parts, to = pass->tokens * (number + 1) / pass->parts;
    float *own = pass->room + in->parts + number * in->part;
    return (Part){
        .from = from,
        .to = to,
        .tokens = to - from,
        .rows = pass->room + in->rows + from * pass->bert->width,
        .other = own + in->other,
        .between = own + in->between,
        .row = own + in->row,
        .steps = own + in->steps,
        .keys = own + in->keys,
        .shares = own + in->shares,
        .numbers = (uint8_t *)(own + in->numbers),
    };
}

WIDE static void embed(const Pass *pass, const Part *part) {
    const Bert *bert = pass->bert;
    float *row = part->rows;
    for (i64 token = part->from, text = 0; token < part->to; token++, row += bert->width) {
        while (token >= pass->starts[text + 1]) text++;
        look_up(bert, pass->ids[token], token - pass->starts[text], row);
    }
    normalise(bert, &bert->embedded, 0, part->rows, part->tokens);
}

/* To queries, keys and values: (tokens, 3 * width), all parts'. */
WIDE static void project(const Pass *pass, const Part *part, i64 layer, float *projected) {
    i64 width = pass->bert->width;
    quantise(part->rows, part->tokens, width, part->row, part->numbers, part->steps);
    product(&pass->bert->attend, layer, width, 3 * width, part->numbers, part->steps,
            part->tokens, projected + part->from * 3 * width);
}

/* What is left of a layer. */
WIDE static void transform(const Pass *pass, const Part *part, i64 layer, const float *projected) {
    const Bert *bert = pass->bert;
    i64 width = bert->width, wide = bert->wide, tokens = part->tokens;
    float *rows = part->rows, *other = part->other, *between = part->between;
    for (i64 text = 0; text < pass->texts; text++) {
        i64 first = pass->starts[text], end = pass->starts[text + 1];
        i64 from = larger_of(first, part->from), to = smaller_of(end, part->to);
        if (from < to)
            attend(bert, projected + first * 3 * width, end - first, from - first, to - first,
                   part->keys, part->shares, other + (from - part->from) * width);
    }
    quantise(other, tokens, width, part->row, part->numbers, part->steps);
    product(&bert->mix, layer, width, width, part->numbers, part->steps, tokens, other);
    add(rows, other, tokens * width);
    normalise(bert, &bert->mixed, layer, rows, tokens);
    quantise(rows, tokens, width, part->row, part->numbers, part->steps);
    product(&bert->widen, layer, width, wide, part->numbers, part->steps, tokens, between);
    for (i64 i = 0; i < tokens * wide; i += LANES) put(between + i, gelu(at(between + i)));
    quantise(between, tokens, wide, part->row, part->numbers, part->steps);
    product(&bert->narrow, layer, wide, width, part->numbers, part->steps, tokens, other);
    add(rows, other, tokens * width);
    normalise(bert, &bert->narrowed, layer, rows, tokens);
}

WIDE static void do_turn(const Pass *pass, i64 turn) {
    Room in = room_of(pass->bert, pass->tokens, pass->parts);
    Part part = part_of(pass, &in, turn % pass->parts);
    i64 stage = turn / pass->parts;
    if (stage)
        transform(pass, &part, stage - 1, pass->room + in.projected[(stage - 1) % 2]);
    else
        embed(pass, &part);
    if (stage < pass->bert->layers)
        project(pass, &part, stage, pass->room + in.projected[stage % 2]);
}

static i64 turns_of(const Pass *pass) { return (pass->bert->layers + 1) * pass->parts; }

/* Whether the next turn is this thread's, and which it is. It is nobody's before the stage before
 * it is done: who waits must keep nothing from whom it waits for.
 */
static int takes(Pass *pass, i64 *turn) {
    *turn = atomic_load(&pass->taken);
    return *turn < turns_of(pass) &&
           atomic_load(&pass->done) >= *turn / pass->parts * pass->parts &&
           atomic_compare_exchange_strong(&pass->taken, turn, *turn + 1);
}

/* Take turns until there are none. */
WIDE void qa_help(Pass *pass) {
    i64 turn;
    while (atomic_load(&pass->taken) < turns_of(pass)) {
        if (takes(pass, &turn)) {
            do_turn(pass, turn);
            atomic_fetch_add(&pass->done, 1);
        } else
            sched_yield();
    }
}

/* The vectors of some texts. */
WIDE void qa_forward(Pass *pass) {
    qa_help(pass);
    while (atomic_load(&pass->done) < turns_of(pass)) sched_yield();
    for (i64 text = 0; text < pass->texts; text++) {
        i64 first = pass->starts[text], tokens = pass->starts[text + 1] - first;
        pool(pass->bert, pass->room + first * pass->bert->width, tokens,
             pass->vectors + text * pass->bert->width);
    }
}
