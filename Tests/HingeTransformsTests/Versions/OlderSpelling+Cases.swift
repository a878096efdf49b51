import HingeGraph
import HingeOperators

extension Tensor {
    /// The same numbers as `bfloat16`.
    var converted16: Tensor { converting(to: .bfloat16) }

    func converting(to type: DataType) -> Tensor {
        do {
            return try converted(to: type)
        } catch {
            fatalError("\(error)")
        }
    }

    /// Numbers without a pattern, from −3 to 3.
    static func mixed(_ shape: Int..., type: DataType = .float32) -> Tensor {
        let count = shape.reduce(1, *)
        let numbers = (0..<count).map { (index: Int) -> Float in
            Float(index * 37 % 101) / 101 * 6 - 3
        }
        return Tensor(numbers, shape: shape).converting(to: type)
    }

    static func int(_ value: Int) -> Tensor { Tensor(scalar: Int64(value)) }
}

extension OlderSpelling {
    static let all: [OlderSpelling] = [
        shifted, bitwise, bits, numbers, types, quantizations, products, attentions, scatters,
        nothings, rearrangements, images, signals,
    ].flatMap { $0 }

    private static let shifts: [Tensor] = [
        Tensor([Int8.min, -7, -1, 0, 5, 127, 100, -100]),
        Tensor([Int16.min, -7, -1, 0, 5, .max, 100, -100]),
        Tensor([Int32.min, -7, -1, 0, 5, .max, 100, -100]),
        Tensor([Int64.min, -7, -1, 0, 5, .max, 100, -100]),
    ]

    /// By none, by some, by all bits of a type, and by fewer than none.
    private static let counts = Tensor([0, 1, 3, 7, -1, 8, 31, 100] as [Int64])

    private static let shifted: [OlderSpelling] = shifts.flatMap { x -> [OlderSpelling] in
        [BitShift.Direction.left, .right].map { direction in
            OlderSpelling(
                "BitShift of \(x.dataType), \(direction)", BitShift(direction: direction),
                [x, counts.converting(to: x.dataType)], lowest: 11)
        }
    }

    private static let integers: [Tensor] = [
        Tensor([Int8.min, -7, -1, 0, 5, 127]), Tensor([UInt16.max, 0, 1, 300, 256, 255]),
        Tensor([Int64.min, -7, -1, 0, .max, 5]), Tensor([UInt64.max, 0, 1, 1 << 63, 5, 6]),
    ]

    private static let bitwise: [OlderSpelling] = integers.flatMap { x -> [OlderSpelling] in
        let y = Tensor([3, 6, 5, 255, 1, 77] as [Int64]).converting(to: x.dataType)
        let column = Tensor([3, 100] as [Int64], shape: [2, 1]).converting(to: x.dataType)
        return [
            OlderSpelling("BitwiseAnd of \(x.dataType)", BitwiseAnd(), [x, y], lowest: 11),
            OlderSpelling("BitwiseOr of \(x.dataType)", BitwiseOr(), [x, column], lowest: 11),
            OlderSpelling("BitwiseXor of \(x.dataType)", BitwiseXor(), [column, x], lowest: 11),
            OlderSpelling("BitwiseNot of \(x.dataType)", BitwiseNot(), [x], lowest: 7),
        ]
    }

    private static let bits: [OlderSpelling] = [
        OlderSpelling(
            "BitCast to int16", BitCast(to: .int16),
            [Tensor([UInt16.max, 0, 7, 40_000] as [UInt16])], lowest: 6),
        OlderSpelling(
            "BitCast to uint64", BitCast(to: .uint64),
            [Tensor([Int64.min, -1, 0, .max] as [Int64])], lowest: 6),
        OlderSpelling(
            "BitCast of booleans", BitCast(to: .int8), [Tensor([true, false], shape: [2])],
            lowest: 6),
        OlderSpelling(
            "BitCast to float32", BitCast(to: .float32), [Tensor([1, 2] as [Int32])],
            lowest: 26),
    ]

    private static let numbers: [OlderSpelling] = [
        OlderSpelling(
            "Mod, floored", Mod(),
            [
                Tensor([5.5, -5.5, 5.5, -5.5, .nan, .infinity, 0, -0.0, 4, -4, 1, -1] as [Float]),
                Tensor([2, 2, -2, -2, 1, 3, 3, -3, 2, -2, .infinity, .infinity] as [Float]),
            ], lowest: 11),
        OlderSpelling(
            "Mod, floored, by zero", Mod(),
            [Tensor([1, -1] as [Double], shape: [2, 1]), Tensor([0, .nan, 0.3] as [Double])],
            lowest: 11),
        OlderSpelling(
            "RMSNormalization", RMSNormalization(), [.mixed(2, 5), .mixed(5)], lowest: 7,
            tolerance: 1e-6),
        OlderSpelling(
            "Reshape with zeros", Reshape(allowsZero: true),
            [Tensor([Float](), shape: [0, 3]), .ints(3, 4, 0)], lowest: 9),
        OlderSpelling(
            "Reshape with zeros, inferred", Reshape(allowsZero: true),
            [Tensor([Float](), shape: [0, 3]), .ints(-1, 5)], lowest: 9),
        OlderSpelling(
            "Bernoulli", Bernoulli(), [Tensor([0, 1, 0, 1, 1] as [Float])], lowest: 7),
    ]

    /// Versions that have the operator for other element types.
    private static let types: [OlderSpelling] = [
        OlderSpelling("Elu of bfloat16", Elu(), [.mixed(7, type: .bfloat16)], lowest: 13),
        OlderSpelling("IsInf of float16", IsInf(), [.mixed(7, type: .float16)], lowest: 10),
        OlderSpelling(
            "Where of bfloat16", Where(),
            [
                Tensor([true, false], shape: [2]), .mixed(2, type: .bfloat16),
                .mixed(1, type: .bfloat16),
            ],
            lowest: 13),
        OlderSpelling(
            "Add of int8", Add(),
            [Tensor([Int8.max, .min, 3]), Tensor([1, -1, 4] as [Int8])], lowest: 7),
        OlderSpelling(
            "Mul of uint16", Mul(),
            [Tensor([UInt16.max, 300, 3]), Tensor([.max, 300, 4] as [UInt16])], lowest: 7),
        OlderSpelling(
            "Div of int16", Div(),
            [Tensor([Int16.min, -7, 7]), Tensor([-1, 2, -2] as [Int16])], lowest: 7),
        OlderSpelling(
            "Max of int32", Max(),
            [Tensor([Int32.max, .min, 3]), Tensor([Int32.max - 1, 0, 4])], lowest: 6),
        OlderSpelling(
            "ReduceMax of booleans", ReduceMax(axes: [1], keepsDimensions: false),
            [Tensor([true, false, false, false], shape: [2, 2])], lowest: 12),
        OlderSpelling(
            "ReduceMax of no booleans", ReduceMax(axes: [1], keepsDimensions: false),
            [Tensor([Bool](), shape: [2, 0])], lowest: 12),
        OlderSpelling(
            "ReduceMin of no booleans", ReduceMin(axes: [1]),
            [Tensor([Bool](), shape: [2, 0])], lowest: 12),
        OlderSpelling(
            "Range of float16", NumberRange(),
            [
                Tensor(scalar: Float16(1)), Tensor(scalar: Float16(2)),
                Tensor(scalar: Float16(0.3)),
            ], lowest: 11),
    ]

    private static let quantizations: [OlderSpelling] = [
        OlderSpelling(
            "QuantizeLinear to int16", QuantizeLinear(),
            [
                Tensor([0.5, 1.5, -2.5, 1e9, -.infinity, 0] as [Float], shape: [2, 3]),
                Tensor(scalar: Float(1)), Tensor(scalar: Int16(7)),
            ], lowest: 11),
        OlderSpelling(
            "QuantizeLinear to uint16 along an axis", QuantizeLinear(axis: 0),
            [.mixed(2, 3), Tensor([0.001, 0.25] as [Float]), Tensor([1000, 3] as [UInt16])],
            lowest: 11),
        OlderSpelling(
            "QuantizeLinear of blocks", QuantizeLinear(axis: 1, blockSize: 2),
            [
                .mixed(2, 5), Tensor([0.5, 0.25, 1, 0.125, 2, 3] as [Float], shape: [2, 3]),
                Tensor([1, 2, 3, 4, 5, 6] as [UInt8], shape: [2, 3]),
            ], lowest: 11),
        OlderSpelling(
            "QuantizeLinear by float16", QuantizeLinear(),
            [
                .mixed(2, 5, type: .float16), Tensor(scalar: Float16(0.3)),
                Tensor(scalar: UInt8(128)),
            ], lowest: 11),
        OlderSpelling(
            "DequantizeLinear of int16", DequantizeLinear(),
            [
                Tensor([Int16.min, .max, 0, 77]), Tensor(scalar: Float(0.25)),
                Tensor(scalar: Int16(-5)),
            ], lowest: 7),
        OlderSpelling(
            "DequantizeLinear of blocks", DequantizeLinear(axis: -1, blockSize: 2),
            [
                Tensor((0..<10).map { UInt8($0 * 25) }, shape: [2, 5]),
                Tensor([0.5, 0.25, 1, 0.125, 2, 3] as [Float], shape: [2, 3]), nil,
            ], lowest: 7),
        OlderSpelling(
            "DequantizeLinear to float16", DequantizeLinear(axis: 0),
            [Tensor([Int8.min, 127], shape: [2, 1]), Tensor([0.5, 3] as [Float16])], lowest: 7),
    ]

    private static let flags = [(false, false), (true, false), (false, true), (true, true)]

    private static let products: [OlderSpelling] =
        flags.flatMap { isExclusive, isReversed -> [OlderSpelling] in
            let operation = CumProd(isExclusive: isExclusive, isReversed: isReversed)
            let axes: [Tensor] = [.int(1), .int(-3), Tensor(scalar: Int32(2))]
            return axes.map { axis in
                OlderSpelling(
                    "CumProd\(isExclusive ? ", exclusive" : "")\(isReversed ? ", reverse" : "")",
                    operation, [.mixed(2, 3, 4), axis], lowest: 10, tolerance: 1e-6)
            }
        } + [
            OlderSpelling(
                "CumProd that wraps", CumProd(axis: 0), [Tensor([Int32.max, 3, -5, 7])],
                lowest: 10),
            OlderSpelling(
                "CumProd of infinity", CumProd(axis: 0),
                [Tensor([2, .infinity, 0, 1] as [Float])], lowest: 10, tolerance: 1e-6),
            OlderSpelling(
                "CumProd of nothing", CumProd(), [Tensor([Float](), shape: [2, 0]), .int(1)],
                lowest: 10),
        ]

    private static let attentions: [OlderSpelling] =
        LinearAttention.UpdateRule.allCases.flatMap { rule -> [OlderSpelling] in
            let isGated = rule == .gated || rule == .gatedDelta
            let isDelta = rule == .delta || rule == .gatedDelta
            let operation = LinearAttention(queryHeadCount: 4, keyHeadCount: 2, updateRule: rule)
            return [(2, false), (8, true)].map { width, hasState in
                let inputs: [Tensor?] = [
                    .mixed(2, 3, 16), .mixed(2, 3, 8), .mixed(2, 3, 6),
                    hasState ? .mixed(2, 2, 4, 3) : nil,
                    isGated ? .mixed(2, 3, width) : nil, isDelta ? .mixed(2, 3, 2) : nil,
                ]
                return OlderSpelling(
                    "LinearAttention, \(rule.rawValue)\(hasState ? ", from a state" : "")",
                    operation, inputs, outputs: 2, lowest: 9, tolerance: 1e-5)
            }
        }

    private static let scatters: [OlderSpelling] =
        [ScatterReduction.add, .mul, .max, .min].flatMap { reduction -> [OlderSpelling] in
            let blocks: [Tensor?] = [
                .mixed(3, 2), Tensor([0, 2, 0, -1] as [Int64], shape: [4, 1]), .mixed(4, 2),
            ]
            let elements: [Tensor?] = [
                Tensor([1, 2, 3, 4, 5, 6] as [Int32], shape: [2, 3]),
                Tensor([0, 0, -1, 1] as [Int32], shape: [2, 2]),
                Tensor([7, -8, 9, 10] as [Int32], shape: [2, 2]),
            ]
            let isExtremum = reduction == .max || reduction == .min
            return [
                OlderSpelling(
                    "ScatterND, \(reduction.rawValue)", ScatterND(reduction: reduction), blocks,
                    lowest: 11, tolerance: 1e-6),
                OlderSpelling(
                    "ScatterElements, \(reduction.rawValue)",
                    ScatterElements(axis: 1, reduction: reduction), elements,
                    lowest: isExtremum ? 12 : 11),
            ]
        }

    private static let nothings: [OlderSpelling] = [true, false].map { keeps in
        OlderSpelling(
            "ReduceLogSum of nothing over computed axes", ReduceLogSum(keepsDimensions: keeps),
            [Tensor([Float](), shape: [2, 0, 4]), .ints(-2)], lowest: 11)
    }

    private static let rearrangements: [OlderSpelling] = [
        OlderSpelling(
            "ReduceProd of nothing over computed axes", ReduceProd(keepsDimensions: false),
            [Tensor([Int32](), shape: [2, 0, 4]), .ints(0)], lowest: 11),
        OlderSpelling(
            "Pad along computed axes", Pad(),
            [.mixed(2, 3, 4), .ints(1, -1, 2, 3), nil, .ints(-1, 1)], lowest: 11),
        OlderSpelling(
            "Pad that wraps", Pad(.wrap, pads: [0, 5, -1, 0, 4, 7]), [.mixed(2, 3, 4)],
            lowest: 11),
        OlderSpelling(
            "Pad that wraps, computed", Pad(.wrap), [.mixed(2, 3), .ints(3, -1, -1, 4)],
            lowest: 11),
        OlderSpelling(
            "CenterCropPad", CenterCropPad(), [.mixed(4, 5, 3), .ints(7, 2, 3)], lowest: 11),
        OlderSpelling(
            "CenterCropPad with axes", CenterCropPad(axes: [-1, 0]),
            [.mixed(4, 5, 3), .ints(8, 1)], lowest: 11),
        OlderSpelling(
            "SpaceToDepth, CRD", SpaceToDepth(blockSize: 2, order: .depthLast),
            [.mixed(2, 3, 4, 6)], lowest: 5),
    ]
}
