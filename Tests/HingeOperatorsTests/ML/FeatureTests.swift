import HingeGraph
import Testing

@testable import HingeOperators

/// Operators on features, labels and maps.
///
/// The expected values are those of ONNX Runtime 1.32, and of the standard's reference evaluator, onnx 1.23, unless a test
/// says otherwise.
@Suite("Features and labels")
struct FeatureTests {
    static let x = Tensor([3, -4, 0, 0, -1, -3] as [Float], shape: [3, 2])

    private func strings(_ words: ByteString..., shape: [Int]? = nil) throws -> Tensor {
        try Tensor(strings: words, shape: shape ?? [words.count])
    }

    /// ONNX Runtime divides by the largest element, as the standard's words do; the reference evaluator by the largest
    /// magnitude.
    static let norms: [(Normalizer.Norm, [Double])] = [
        (.max, [1, -4.0 / 3, 0, 0, 1, 3]), (.l1, [3.0 / 7, -4.0 / 7, 0, 0, -0.25, -0.75]),
        (.l2, [0.6, -0.8, 0, 0, -0.31622776601683794, -0.9486832980505138]),
    ]

    @Test("Norms", arguments: norms)
    func norm(_ norm: Normalizer.Norm, _ expected: [Double]) throws {
        for type in [DataType.float32, .float64, .int32, .int64] {
            let y = try OperatorHarness.value(Normalizer(norm: norm), Self.x.converted(to: type))
            #expect(y.shape == [3, 2])
            try expectClose(y, expected, units: 1)
        }
    }

    @Test func scalingAndBinarizing() throws {
        let scaled = try OperatorHarness.value(
            Scaler(offset: [1, 2], scale: [0.5, 4]), Self.x)
        #expect(try scaled.array(of: Float.self) == [1, -24, -0.5, -8, -1, -20])
        let one = try OperatorHarness.value(
            Scaler(offset: [1], scale: [2]), Tensor([1, 2] as [Int64]))
        #expect(try one.array(of: Float.self) == [0, 2])
        for threshold in [-1, -0.5, 0, Float.infinity, -.infinity, .nan, 1e30, -1e30] {
            let expected = try Self.x.array(of: Float.self).map { $0 > threshold ? 1.0 : 0 }
            for type in [DataType.float32, .float64, .int32, .int64] {
                let y = try OperatorHarness.value(
                    Binarizer(threshold: threshold), Self.x.converted(to: type))
                #expect(try y.doubles() == expected, "\(threshold) of \(type)")
                #expect(y.dataType == type)
            }
        }
    }

    @Test func imputing() throws {
        let x = Tensor([1, .nan, 0, .nan] as [Float], shape: [2, 2])
        let each = try OperatorHarness.value(
            Imputer(.real(replaced: .nan, by: [7, 8])), x)
        #expect(try each.array(of: Float.self) == [1, 8, 0, 8])
        let all = try OperatorHarness.value(
            Imputer(.whole(replaced: 0, by: [-2])), Tensor([0, 5] as [Int32]))
        #expect(try all.array(of: Int32.self) == [-2, 5])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(Imputer(.real(replaced: 0, by: [1, 2, 3])), x)
        }
        #expect(error?.message == "expected one value or one for each of 2 features, found 3")
        let wide = #expect(throws: HingeError.self) {
            try OperatorHarness.value(
                Imputer(.whole(replaced: 0, by: [1 << 40])), Tensor([0] as [Int32]))
        }
        #expect(wide?.message == "\(1 << 40) does not fit int32")
    }

    @Test func oneHotVectors() throws {
        let words = OneHotEncoder(categories: .strings(["c", "a"]))
        let y = try OperatorHarness.value(words, strings("a", "x", "c"))
        #expect(y.shape == [3, 2])
        #expect(try y.array(of: Float.self) == [0, 1, 0, 0, 1, 0])
        // Numbers are cut off to integers, as the standard says.
        let numbers = OneHotEncoder(categories: .integers([2, -1]))
        let found = try OperatorHarness.value(
            numbers, Tensor([2.9, -1.5, .nan, 1e30] as [Double], shape: [2, 2]))
        #expect(found.shape == [2, 2, 2])
        #expect(try found.array(of: Float.self) == [1, 0, 0, 1, 0, 0, 0, 0])
        let strict = OneHotEncoder(categories: .integers([2]), allowsOthers: false)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(strict, Tensor([2, 3] as [Int64]))
        }
        #expect(error?.message == "expected one of the categories, found '3.0'")
    }

    @Test func columns() throws {
        let y = try OperatorHarness.value(ArrayFeatureExtractor(), Self.x, .ints(1, 1, 0))
        #expect(y.shape == [3, 3])
        #expect(try y.array(of: Float.self) == [-4, -4, 3, 0, 0, 0, -3, -3, -1])
        let row = try OperatorHarness.value(
            ArrayFeatureExtractor(), strings("a", "b"), .ints(1))
        #expect(row.shape == [1, 1] && row.strings == ["b"])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(ArrayFeatureExtractor(), Self.x, .ints(2))
        }
        #expect(error?.message == "expected indices from 0 to 1, found 2")
        let joined = try OperatorHarness.value(
            FeatureVectorizer(columns: [1, 3]), Self.x, Self.x)
        #expect(joined.shape == [3, 4])
        #expect(
            try joined.array(of: Float.self) == [3, 3, -4, 0, 0, 0, 0, 0, -1, -1, -3, 0])
    }

    @Test func labelsByVersion() throws {
        let first = Node(
            "LabelEncoder", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
            attributes: [.strings("classes_strings", ["dog", "cow"]), .int("default_int64", -7)])
        let both = try OperatorHarness.read(first, opset: 1)
        #expect(
            try OperatorHarness.value(both, strings("cow", "hen")).array(of: Int64.self)
                == [1, -7])
        #expect(
            try OperatorHarness.value(both, .ints(0, 1, 2)).strings == ["dog", "cow", "_Unused"])
        // Of a type that is known, version 1 has a spelling in version 4 too.
        let known = Inferred.tensor(.string, [2])
        let newer = try OperatorHarness.convert(first, from: 1, to: 4, known: [known])
        let table = try OperatorHarness.read(newer.nodes[0], opset: 4)
        #expect(
            try OperatorHarness.value(table, strings("cow", "hen")).array(of: Int64.self)
                == [1, -7])
        let older = try OperatorHarness.convert(newer.nodes[0], from: 4, to: 1, known: [known])
        #expect(older.nodes[0][attribute: "classes_strings"] == .strings(["dog", "cow"]))
        #expect(older.nodes[0][attribute: "default_int64"] == .int(-7))
    }

    /// By the words of version 4: a NaN is a NaN, and of a key that is repeated, the last counts.
    @Test func labelsOfNumbers() throws {
        let node = Node(
            "LabelEncoder", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
            attributes: [
                .tensor("keys_tensor", Tensor([.nan, 1, 0, 1] as [Double])),
                .tensor("values_tensor", Tensor([10, 20, 30, 40] as [Int16])),
                .tensor("default_tensor", Tensor([-1] as [Int16])),
            ])
        let table = try OperatorHarness.read(node, opset: 4)
        let x = Tensor([1, -Double.nan, -0.0, 2], shape: [2, 2])
        let y = try OperatorHarness.value(table, x)
        #expect(y.shape == [2, 2])
        #expect(try y.array(of: Int16.self) == [40, 10, 30, -1])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(
                node, from: 4, to: 2, known: [.tensor(.float64, [2, 2])])
        }
        #expect(error?.description == "LabelEncoder of float64 needs opset 4, not 2")
        let wrong = #expect(throws: HingeError.self) {
            try OperatorHarness.value(table, .ints(1))
        }
        #expect(wrong?.message == "expected elements of type float64, found int64")
    }

    @Test func categories() throws {
        let mapper = CategoryMapper(
            integers: [4, 2], strings: ["dog", "cat"], defaultInteger: -3, defaultString: "?")
        #expect(
            try OperatorHarness.value(mapper, strings("cat", "hen", "dog")).array(of: Int64.self)
                == [2, -3, 4])
        #expect(try OperatorHarness.value(mapper, .ints(4, 0, 2)).strings == ["dog", "?", "cat"])
    }

    // MARK: - Maps

    private func run(_ operation: any Operator, _ input: Value) throws -> Value {
        var context = EvaluationContext(inputs: [input])
        try operation.evaluate(&context)
        return try #require(context.outputs[0])
    }

    private func map(_ keys: Tensor, _ values: [Float]) -> Value {
        .map(keys: keys, values: values.map { .tensor(Tensor(scalar: $0)) })
    }

    @Test func rowsBecomeMapsAndBack() throws {
        let zip = ZipMap(labels: .strings(["a", "b"]))
        let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let keys = try strings("a", "b")
        let maps = try run(zip, .tensor(x))
        #expect(maps == .sequence([map(keys, [1, 2]), map(keys, [3, 4])]))
        let table = try #require(MapTable(maps))
        #expect(table.keys == keys && table.values == x)
        let error = #expect(throws: HingeError.self) { try run(zip, .tensor(.counting(2, 3))) }
        #expect(error?.message == "expected rows of 2 features, found 3")
    }

    @Test func vocabularies() throws {
        let operation = DictVectorizer(vocabulary: .strings(["a", "c", "b", "z"]))
        let row = try run(operation, map(strings("a", "c", "q"), [4, 8, 5])).tensor
        #expect(row == Tensor([4, 8, 0, 0] as [Float], shape: [1, 4]))
        let words = DictVectorizer(vocabulary: .integers([2, 1]))
        let named = Value.map(
            keys: .ints(1), values: [.tensor(try strings("x", shape: []))])
        #expect(try run(words, named).tensor?.strings == ["", "x"])
        let error = #expect(throws: HingeError.self) { try run(operation, named) }
        #expect(error?.message == "expected string keys, found int64")
    }

    @Test func mapsBecomeRows() throws {
        let entries = map(.ints(3, 1, 4), [1.5, -2, 7])
        let dense = try run(CastMap(), entries).tensor
        #expect(dense == Tensor([-2, 1.5, 7] as [Float], shape: [1, 3]))
        let whole = try run(CastMap(to: .int64), entries).tensor
        #expect(whole == Tensor([-2, 1, 7] as [Int64], shape: [1, 3]))
        let sparse = try run(CastMap(sparseColumns: 5), entries).tensor
        #expect(sparse == Tensor([0, -2, 0, 1.5, 7] as [Float], shape: [1, 5]))
        let words = Value.map(
            keys: .ints(3, 1),
            values: [.tensor(try strings("1.5", shape: [])), .tensor(try strings("x", shape: []))])
        #expect(try run(CastMap(to: .string), words).tensor?.strings == ["x", "1.5"])
        let error = #expect(throws: HingeError.self) { try run(CastMap(sparseColumns: 4), entries) }
        #expect(error?.message == "expected keys from 0 to 3, found 4")
        let huge = #expect(throws: HingeError.self) {
            try run(CastMap(sparseColumns: .max), entries)
        }
        #expect(huge?.code == .limit)
    }

    /// Keys come in any order; tables of them in one.
    @Test func tablesAreInTheOrderOfTheKeys() throws {
        let table = try #require(
            MapTable(.sequence([map(.ints(2, 1), [20, 10]), map(.ints(1, 2), [11, 21])])))
        #expect(table.keys == .ints(1, 2))
        #expect(table.values == Tensor([10, 20, 11, 21] as [Float], shape: [2, 2]))
        #expect(MapTable(.sequence([map(.ints(1), [1]), map(.ints(2), [1])])) == nil)
        #expect(MapTable(.sequence([])) == nil)
        #expect(MapTable(.tensor(Self.x)) == nil)
    }
}
