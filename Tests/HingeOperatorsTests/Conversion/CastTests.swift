import HingeGraph
import Testing

@testable import HingeOperators

@Suite struct CastTests {
    static let numeric = DataType.allCases.filter {
        ![.string, .complex64, .complex128].contains($0)
    }

    private static func cast(_ x: Tensor, _ type: DataType) throws -> Tensor {
        try OperatorHarness.value(Cast(to: type), x)
    }

    /// 0 and 1 are in all types but `float8e8m0`, which has no 0.
    @Test(arguments: numeric, numeric) func everyPair(_ from: DataType, _ to: DataType) throws {
        let isPower = from == .float8e8m0 || to == .float8e8m0
        // An odd number of elements leaves part of a byte unused in packed types.
        let numbers: [Double] = isPower ? [1, 1, 1, 1, 1] : [1, 0, 0, 1, 1]
        let x = try Tensor(numbers).converted(to: from)
        let y = try CastTests.cast(x, to)
        #expect(y.dataType == to)
        #expect(y.shape == [5])
        #expect(try y.doubles() == numbers)
    }

    /// Every element of a narrow type is exactly that element again after a way through `float32` or `float64`.
    @Test(
        arguments: numeric.filter { $0.bitWidth <= 8 && $0 != .bool }, [DataType.float32, .float64])
    func narrowElementsSurvive(_ type: DataType, _ wide: DataType) throws {
        let count = 1 << type.bitWidth
        var x = try Tensor(zeros: type, shape: [count])
        try x.withUnsafeMutableBytes { bytes in
            for index in 0..<count {
                PackedBits.store(UInt8(index), in: bytes, at: index, width: type.bitWidth)
            }
        }
        let rules = ConversionRules(isSaturating: false)
        let back = try CastTests.cast(x, wide).converted(to: type, rules)
        for (old, new) in zip(try x.doubles(), try back.doubles()) {
            #expect(old == new || old.isNaN && new.isNaN)
            #expect(old.isNaN || old.sign == new.sign)
        }
    }

    @Test(arguments: NarrowValues.cases.map(\.type), [true, false])
    func rounds(_ type: DataType, _ isSaturating: Bool) throws {
        let known = try #require(NarrowValues.cases.first { $0.type == type })
        // Types of less than 8 bits always saturate: they have neither infinity nor NaN.
        let expected = isSaturating || type.bitWidth < 8 ? known.saturated : known.plain
        let cast = Cast(to: type, rules: ConversionRules(isSaturating: isSaturating))
        let found = try OperatorHarness.value(cast, Tensor(NarrowValues.numbers)).doubles()
        for (index, (value, goal)) in zip(found, expected).enumerated() {
            #expect(
                value == goal || value.isNaN && goal.isNaN,
                "\(NarrowValues.numbers[index]): expected \(goal), found \(value)")
        }
    }

    /// The standard's tables for what is not a finite number.
    @Test func whatIsNotFinite() throws {
        let x = Tensor([Double.infinity, -.infinity, .nan])
        func cast(_ type: DataType, _ isSaturating: Bool) throws -> [Double] {
            try OperatorHarness.value(
                Cast(to: type, rules: ConversionRules(isSaturating: isSaturating)), x
            ).doubles()
        }
        #expect(try Array(cast(.float8e4m3fn, true)[0..<2]) == [448, -448])
        #expect(try Array(cast(.float8e5m2, true)[0..<2]) == [57344, -57344])
        #expect(try Array(cast(.float8e5m2, false)[0..<2]) == [.infinity, -.infinity])
        for type in [DataType.float8e4m3fn, .float8e4m3fnuz, .float8e5m2fnuz] {
            #expect(try cast(type, false).filter(\.isNaN).count == 3)
            #expect(try cast(type, true)[2].isNaN)
        }
        #expect(try Array(cast(.float4e2m1, true)[0..<2]) == [6, -6])
        // Everything but 0 is true; integers are saturated at 64 bits.
        #expect(try cast(.bool, true) == [1, 1, 1])
        #expect(try CastTests.cast(x, .int64).array(of: Int64.self) == [.max, .min, 0])
        #expect(try CastTests.cast(x, .uint64).array(of: UInt64.self)[0] == .max)
    }

    /// The standard's text on float8e8m0 in Cast 24.
    @Test func powersOfTwo() throws {
        let x = Tensor([Double(1), 1.25, 1.5, 1.75, 3, 0.75, 1e39, 1e-39, 0, .infinity])
        func cast(_ rounding: ConversionRules.PowerRounding, _ isSaturating: Bool) throws
            -> [Double]
        {
            let rules = ConversionRules(isSaturating: isSaturating, powerRounding: rounding)
            return try OperatorHarness.value(Cast(to: .float8e8m0, rules: rules), x).doubles()
        }
        let (least, most) = (0x1p-127, 0x1p127)
        #expect(try cast(.up, true) == [1, 2, 2, 2, 4, 1, most, least, least, most])
        #expect(try cast(.down, true) == [1, 1, 1, 1, 2, 0.5, most, least, least, most])
        #expect(try cast(.nearest, true) == [1, 1, 2, 2, 4, 1, most, least, least, most])
        let plain = try cast(.nearest, false)
        #expect(Array(plain[0..<6]) == [1, 1, 2, 2, 4, 1])
        #expect(plain[6...].filter(\.isNaN).count == 4)
    }

    /// Fractions are cut off; integers keep their lower bits, as in the standard's example of 200 as int8.
    @Test func integers() throws {
        #expect(try CastTests.cast(Tensor([Int16(200)]), .int8).array(of: Int8.self) == [-56])
        #expect(try CastTests.cast(Tensor([Int64(-1)]), .uint32).array(of: UInt32.self) == [.max])
        #expect(try CastTests.cast(Tensor([UInt64.max]), .float64).doubles() == [0x1p64])
        #expect(
            try CastTests.cast(Tensor([Float(2.9), -2.9, -0.5]), .int32).integers() == [2, -2, 0])
        #expect(try CastTests.cast(Tensor([Int32(9), -9, 7]), .int4).integers() == [-7, 7, 7])
        #expect(try CastTests.cast(Tensor([Int32(5), -1, 3]), .uint2).integers() == [1, 3, 3])
        #expect(
            try CastTests.cast(Tensor([Int64.max, .min]), .int32).array(of: Int32.self) == [-1, 0])
    }

    /// A `Double` between two 16-bit numbers, a little above the middle, which rounding to `Float` first would make
    /// the middle.
    @Test func roundsOnce() throws {
        let x = Tensor([1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-11, 65520, 65519.99])
        #expect(
            try CastTests.cast(x, .float16).doubles() == [1 + 0x1p-10, 1, .infinity, 65504])
        let y = Tensor([1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-8, -1 - 0x1p-8 - 0x1p-40, 1e39])
        #expect(
            try CastTests.cast(y, .bfloat16).doubles()
                == [1 + 0x1p-7, 1, -1 - 0x1p-7, .infinity])
    }

    @Test func longTensorsAreConvertedInParts() throws {
        let numbers = (0..<5001).map { Double($0 % 16) - 8 }
        for type in [DataType.int4, .float16, .int64, .float8e4m3fn] {
            #expect(try CastTests.cast(Tensor(numbers), type).doubles() == numbers, "\(type)")
        }
    }

    // MARK: - Strings

    @Test func stringsHoldNumbers() throws {
        let x = try Tensor(
            strings: ["3.14", "1e-5", "1E8", "100", "-7.5", "+INF", "inf", "-INF", "NaN"],
            shape: [9])
        let floats = try CastTests.cast(x, .float32).array(of: Float.self)
        let expected: [Float] = [3.14, 1e-5, 1e8, 100, -7.5, .infinity, .infinity, -.infinity]
        #expect(Array(floats[0..<8]) == expected)
        #expect(floats[8].isNaN)
        let whole = try Tensor(strings: ["100", "-3", "100.5", "18446744073709551615"], shape: [4])
        #expect(try CastTests.cast(whole, .int64).integers() == [100, -3, 100, -1])
        let flags = try Tensor(strings: ["1", "0", "True", "false"], shape: [4])
        #expect(try CastTests.cast(flags, .bool).integers() == [1, 0, 1, 0])
        let error = #expect(throws: HingeError.self) {
            try CastTests.cast(Tensor(strings: ["1", "Hello"], shape: [2]), .float32)
        }
        #expect(error?.message == "expected a number as element 1, found 'Hello'")
        #expect(error?.code == .badData)
    }

    @Test func numbersBecomeStrings() throws {
        func text(_ x: Tensor) throws -> [String] {
            try #require(try CastTests.cast(x, .string).strings).map(\.description)
        }
        #expect(
            try text(Tensor([Float(314.15926), -0.1, .nan, .infinity, -.infinity]))
                == ["314.15927", "-0.1", "NaN", "INF", "-INF"])
        #expect(try text(Tensor([Double(0.1)])) == ["0.1"])
        #expect(try text(Tensor([Int8(-5)])) == ["-5"])
        #expect(try text(Tensor([UInt64.max])) == ["18446744073709551615"])
        #expect(try text(Tensor([true, false], shape: [2])) == ["True", "False"])
    }

    // MARK: - Spelling

    @Test func version1NamesTheType() throws {
        let node = Node(
            "Cast", inputs: ["x"], outputs: ["y"], attributes: [.string("to", "DOUBLE")])
        let nodes = try OperatorHarness.convert(node, from: 1, to: 6).nodes
        #expect(nodes[0].attributes == [.int("to", 11)])
        let back = try OperatorHarness.convert(nodes[0], from: 6, to: 1).nodes
        #expect(back[0].attributes == [.string("to", "DOUBLE")])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.read(
                Node("Cast", inputs: ["x"], outputs: ["y"], attributes: [.string("to", "REAL")]),
                opset: 1)
        }
        #expect(
            error?.description
                == "node (Cast) › attribute 'to': expected the name of an element type, found 'REAL'"
        )
    }

    @Test func aTypeThatTheVersionLacksIsRefused() {
        let node = Node("Cast", inputs: ["x"], outputs: ["y"], attributes: [.int("to", 22)])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(node, from: 21, to: 19)
        }
        #expect(error?.message == "Cast to int4 needs opset 21, not 19")
        let unknown = #expect(throws: HingeError.self) {
            try OperatorHarness.read(
                Node("Cast", inputs: ["x"], outputs: ["y"], attributes: [.int("to", 77)]), opset: 9)
        }
        #expect(
            unknown?.description
                == "node (Cast) › attribute 'to': expected the number of an element type, found 77")
    }

    @Test func bitCastKeepsTheBits() throws {
        let y = try OperatorHarness.value(BitCast(to: .uint32), Tensor([Float(1), -0.0]))
        #expect(try y.array(of: UInt32.self) == [0x3F80_0000, 0x8000_0000])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(BitCast(to: .int64), Tensor([Float(1)]))
        }
        #expect(error?.message == "cannot take the bits of float32 as int64")
        #expect(throws: HingeError.self) {
            try OperatorHarness.infer(BitCast(to: .int64), [.tensor(.float32, [1])])
        }
    }

    @Test func castLikeTakesTheTypeOfTheOther() throws {
        let y = try OperatorHarness.value(CastLike(), Tensor([Float(2.5)]), Tensor([Int16(0)]))
        #expect(y == Tensor([Int16(2)]))
        let inferred = try OperatorHarness.infer(
            CastLike(), [.tensor(.float32, ["N"]), .tensor(.int16, [1])])
        #expect(inferred[0].type == .tensor(.int16, ["N"]))
    }
}
