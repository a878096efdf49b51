import HingeGraph

@testable import HingeOperators

extension Specimens {
    static let conversions: [Specimen] = [
        Specimen("Cast", Cast(to: .int32), [x], lowest: 1),
        Specimen("Cast of int32", Cast(to: .float16), [whole], lowest: 1),
        Specimen("Cast to strings", Cast(to: .string), [whole], lowest: 9),
        Specimen("Cast to bfloat16", Cast(to: .bfloat16), [x], lowest: 13),
        Specimen(
            "Cast to float8e4m3fn",
            Cast(to: .float8e4m3fn, rules: ConversionRules(isSaturating: false)), [x], lowest: 19),
        Specimen("Cast to int4", Cast(to: .int4), [x], lowest: 21),
        Specimen(
            "Cast to float8e8m0",
            Cast(to: .float8e8m0, rules: ConversionRules(powerRounding: .down)), [above], lowest: 24
        ),
        Specimen("CastLike", CastLike(), [x, whole], lowest: 1),
        Specimen("CastLike to bfloat16", CastLike(), [x, narrow], lowest: 13),
        Specimen("BitCast", BitCast(to: .int32), [x], lowest: 26),
    ]
}
