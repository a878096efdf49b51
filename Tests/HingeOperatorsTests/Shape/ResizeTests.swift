import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Resize")
struct ResizeTests {
    static func node(
        _ type: String, _ inputs: [String], _ attributes: [Attribute] = []
    ) -> Node {
        Node(type, inputs: inputs, outputs: ["y"], attributes: attributes)
    }

    static let x4 = Inferred.tensor(.float32, ["N", 3, 8, 8])
    static let known4 = Inferred.tensor(.float32, [1, 3, 8, 8])
    static let empty = Tensor([Float]())
    static func scales(_ values: Float...) -> Tensor { Tensor(values) }

    /// The attributes of the nearest element, as they are written.
    static let nearest: [Attribute] = [
        .string("mode", "nearest"), .string("coordinate_transformation_mode", "half_pixel"),
        .string("nearest_mode", "round_prefer_floor"),
    ]

    static let spellings: [ShapeVersionsTests.Case] = [
        .init(
            name: "Upsample, oldest",
            node: node(
                "Upsample", ["x"],
                [
                    .string("mode", "bilinear"), .float("height_scale", 2),
                    .float("width_scale", 3),
                ]), from: 1, to: 9,
            expected: [node("Upsample", ["x", "y_constant_1"], [.string("mode", "linear")])],
            constants: [scales(1, 1, 2, 3)]),
        .init(
            name: "Upsample",
            node: node(
                "Upsample", ["x"],
                [.string("mode", "nearest"), Attribute("scales", .floats([1, 1, 2, 2]))]),
            from: 7, to: 13,
            expected: [
                node(
                    "Resize", ["x", "", "y_constant_1"],
                    [
                        .string("mode", "nearest"),
                        .string("coordinate_transformation_mode", "asymmetric"),
                        .string("nearest_mode", "floor"),
                    ])
            ], constants: [scales(1, 1, 2, 2)]),
        .init(
            name: "Upsample with computed scales", node: node("Upsample", ["x", "s"]), from: 9,
            to: 11,
            expected: [
                node(
                    "Resize", ["x", "y_constant_1", "s"],
                    [
                        .string("mode", "nearest"),
                        .string("coordinate_transformation_mode", "asymmetric"),
                        .string("nearest_mode", "floor"),
                    ])
            ], constants: [empty]),
        .init(
            name: "Resize that shrinks", node: node("Resize", ["x", "s"]), from: 10, to: 19,
            known: [x4, Inferred(constant: scales(1, 1, 0.5, 0.5))],
            expected: [
                node(
                    "Resize", ["x", "", "s"],
                    [
                        .string("mode", "nearest"),
                        .string("coordinate_transformation_mode", "asymmetric"),
                        .string("nearest_mode", "ceil"),
                    ])
            ]),
        .init(
            name: "Resize by computed scales, of an unknown rank",
            node: node("Resize", ["x", "s"]),
            from: 10, to: 19, known: [.tensor(.float32, nil), nil],
            error: "the rank of x must be known to write this Resize for opset 19"),
        .init(
            name: "Resize by whole scales, half pixels",
            node: node("Resize", ["x", "", "s"]), from: 13, to: 9,
            known: [known4, nil, Inferred(constant: scales(1, 1, 2, 3))],
            expected: [node("Upsample", ["x", "s"], [.string("mode", "nearest")])]),
        .init(
            name: "Resize to sizes, half pixels", node: node("Resize", ["x", "", "", "z"]),
            from: 13, to: 7,
            known: [known4, nil, nil, Inferred(constant: .ints(1, 3, 16, 16))],
            expected: [
                node(
                    "Upsample", ["x"],
                    [.string("mode", "nearest"), Attribute("scales", .floats([1, 1, 2, 2]))])
            ]),
        .init(
            name: "Resize, linear, half pixels",
            node: node("Resize", ["x", "", "s"], [.string("mode", "linear")]), from: 13, to: 10,
            known: [known4, nil, Inferred(constant: scales(1, 1, 2, 2))],
            error: "Resize with these coordinates needs opset 11, not 10"),
        .init(
            name: "Resize to sizes", node: node("Resize", ["x", "", "", "z"]), from: 19, to: 11,
            known: [x4, nil, nil, Inferred(constant: .ints(1, 3, 16, 16))],
            expected: [
                node(
                    "Resize", ["x", "y_constant_1", "y_constant_2", "z"],
                    [
                        .string("mode", "nearest"),
                        .string("coordinate_transformation_mode", "half_pixel"),
                        .string("nearest_mode", "round_prefer_floor"),
                    ])
            ], constants: [empty, empty]),
        .init(
            name: "Resize with axes, constant scales",
            node: node("Resize", ["x", "", "s"], [.ints("axes", [3, -2])]), from: 18, to: 13,
            known: [x4, nil, Inferred(constant: scales(2, 3))],
            expected: [node("Resize", ["x", "", "y_constant_1"], nearest)],
            constants: [scales(1, 1, 3, 2)]),
        .init(
            name: "Resize with axes, constant scales, oldest",
            node: node(
                "Resize", ["x", "", "s"],
                [
                    .ints("axes", [2, 3]), .string("nearest_mode", "floor"),
                    .string("coordinate_transformation_mode", "asymmetric"),
                ]), from: 18, to: 9, known: [x4, nil, Inferred(constant: scales(2, 3))],
            expected: [node("Upsample", ["x", "y_constant_1"], [.string("mode", "nearest")])],
            constants: [scales(1, 1, 2, 3)]),
        .init(
            name: "Resize with axes, computed scales",
            node: node("Resize", ["x", "", "s"], [.ints("axes", [2, 3])]), from: 18, to: 13,
            known: [x4, nil, nil],
            expected: [
                Node(
                    "Concat", inputs: ["s", "y_constant_1"], outputs: ["y_2"],
                    attributes: [.int("axis", 0)]),
                Node("Gather", inputs: ["y_2", "y_constant_3"], outputs: ["y_4"]),
                node("Resize", ["x", "", "y_4"], nearest),
            ], constants: [scales(1, 1, 1, 1), .ints(2, 3, 0, 1)]),
        .init(
            name: "Resize with axes, sizes of a known shape",
            node: node("Resize", ["x", "", "", "z"], [.ints("axes", [2, 3])]), from: 18, to: 18,
            known: [known4, nil, nil, Inferred(constant: .ints(5, 7))],
            expected: [node("Resize", ["x", "", "", "y_constant_1"], nearest)],
            constants: [.ints(1, 3, 5, 7)]),
        .init(
            name: "Resize with axes, sizes that are exact scales",
            node: node("Resize", ["x", "", "", "z"], [.ints("axes", [2, 3])]), from: 18, to: 18,
            known: [x4, nil, nil, Inferred(constant: .ints(12, 4))],
            expected: [node("Resize", ["x", "", "y_constant_1"], nearest)],
            constants: [scales(1, 1, 1.5, 0.5)]),
        .init(
            name: "Resize with axes, sizes beside unknown extents",
            node: node("Resize", ["x", "", "", "z"], [.ints("axes", [2, 3])]), from: 18, to: 18,
            known: [
                .tensor(.float32, ["N", 3, "H", "W"]), nil, nil, Inferred(constant: .ints(5, 7)),
            ],
            expected: [
                Node("Shape", inputs: ["x"], outputs: ["y_1"]),
                Node(
                    "Concat", inputs: ["z", "y_1"], outputs: ["y_2"], attributes: [.int("axis", 0)]
                ),
                Node("Gather", inputs: ["y_2", "y_constant_3"], outputs: ["y_4"]),
                node("Resize", ["x", "", "", "y_4"], nearest),
            ], constants: [.ints(2, 3, 0, 1)]),
        .init(
            name: "Resize with axes that a policy looks at",
            node: node(
                "Resize", ["x", "", "", "z"],
                [.ints("axes", [2, 3]), .string("keep_aspect_ratio_policy", "not_larger")]),
            from: 18, to: 10, known: [known4, nil, nil, Inferred(constant: .ints(4, 7))],
            error:
                "Resize with antialiasing, an aspect policy or symmetric coordinates needs opset 18, "
                + "not 10"),
        .init(
            name: "Resize, TensorFlow's coordinates",
            node: node(
                "Resize", ["x", "", "s"],
                [
                    .string("coordinate_transformation_mode", "tf_half_pixel_for_nn"),
                    .string("nearest_mode", "floor"),
                ]), from: 13, to: 18, known: [x4, nil, nil],
            expected: [
                node(
                    "Resize", ["x", "", "s"],
                    [
                        .string("mode", "nearest"),
                        .string("coordinate_transformation_mode", "half_pixel"),
                        .string("nearest_mode", "round_prefer_ceil"),
                    ])
            ]),
    ]

    @Test("read at one version and spelled at another", arguments: spellings)
    func convert(_ test: ShapeVersionsTests.Case) throws {
        try ShapeVersionsTests().convert(test)
    }

    /// What newer versions have no words for is written as elements that are taken, or their sums.
    @Test("withdrawn forms at newer versions", arguments: [false, true])
    func withdrawn(_ isConstant: Bool) throws {
        let x = Specimens.slopes(1, 2, 5, 6)
        let factors = Tensor([1, 1, 0.6, 1.5] as [Float])
        var oldest = Resize(.nearest, .asymmetric, rounding: .floor)
        oldest.hasScalesFirst = true
        oldest.roundsUpWhenShrinking = true
        let tensorFlow = Resize(.linear, .tensorFlowHalfPixel)
        for (resize, inputs) in [(oldest, [x, factors]), (tensorFlow, [x, nil, factors])] {
            let expected = try OperatorHarness.evaluate(resize, inputs)[0]
            let constants: Set<Int> = isConstant ? [inputs.count - 1] : []
            for opset in 11...28 {
                let graph = try SpelledGraph(
                    resize, opset: opset, inputs: inputs, constants: constants, outputCount: 1)
                let found = try graph.run(inputs, constants: constants, outputCount: 1)[0]
                try expectClose(
                    found, try #require(expected).doubles(), shape: expected?.shape)
            }
        }
    }

    /// The numbers are those of ONNX Runtime 1.30 for opset 10.
    @Test("version 10 rounds down where it grows and up where it shrinks")
    func oldest() throws {
        let resize = try OperatorHarness.read(ResizeTests.node("Resize", ["x", "s"]), opset: 10)
        let numbers = { (count: Int, scale: Float) in
            try OperatorHarness.value(
                resize, Tensor((0..<count).map { Float($0) }), Tensor([scale])
            ).array(of: Float.self)
        }
        #expect(try numbers(10, 0.3) == [0, 4, 7])
        #expect(try numbers(7, 0.45) == [0, 3, 5])
        #expect(try numbers(4, 1.7) == [0, 0, 1, 1, 2, 2])
    }

    @Test("nearest works in every type", arguments: DataType.allCases)
    func everyType(type: DataType) throws {
        let x = try MovementTests.tensor([0, 1, 2], type, [3])
        let y = try OperatorHarness.value(Resize(scales: [2]), x)
        #expect(y == (try MovementTests.tensor([0, 0, 1, 1, 2, 2], type, [6])))
    }

    @Test("linear rounds integers to even and keeps them in range")
    func integers() throws {
        let x = Tensor([UInt8](arrayLiteral: 0, 255, 253))
        let linear = Resize(.linear, .alignCorners, sizes: [5])
        #expect(
            try OperatorHarness.value(linear, x)
                == Tensor([UInt8](arrayLiteral: 0, 128, 255, 254, 253)))
        // Cubic interpolation overshoots: 255 · 1.09375 and below 0.
        let cubic = Resize(.cubic, sizes: [6])
        let overshooting = try OperatorHarness.value(
            cubic, Tensor([UInt8](arrayLiteral: 0, 255, 255)))
        #expect(try overshooting.array(of: UInt8.self).last == 255)
        #expect(try overshooting.array(of: UInt8.self).first == 0)
    }

    @Test("linear mixes complex numbers part by part, and booleans to true unless nothing is")
    func linearOfPairs() throws {
        let resize = Resize(.linear, scales: [2])
        for type in [DataType.complex64, .complex128] {
            let parts = [0, 4, 4, 0].map { Double($0) }
            let flat = type == .complex64 ? Tensor(parts.map { Float($0) }) : Tensor(parts)
            let x = try Tensor(dataType: type, shape: [2], region: #require(flat.region))
            let y = try OperatorHarness.value(resize, x)
            #expect(y.dataType == type && y.shape == [4])
            let real = try Tensor(
                dataType: flat.dataType, shape: [4, 2], region: #require(y.region))
            #expect(try real.doubles() == [0, 4, 1, 3, 3, 1, 4, 0])
        }
        let flags = try OperatorHarness.value(resize, Tensor([false, false, true], shape: [3]))
        #expect(try flags.doubles() == [0, 0, 0, 1, 1, 1])
    }

    @Test("infers what scales and sizes say")
    func infer() throws {
        func shape(_ resize: Resize, _ x: Inferred, _ sizes: Inferred? = nil) throws -> Shape? {
            try OperatorHarness.infer(resize, [x, nil, nil, sizes])[0].type?.shape
        }
        #expect(
            try shape(Resize(scales: [1, 1, 2, 0.5]), ResizeTests.x4) == ["N", 3, 16, 4])
        #expect(
            try shape(Resize(sizes: [1, 3, 5, 7]), ResizeTests.x4) == [1, 3, 5, 7])
        var sizes = Inferred.tensor(.int64, [2])
        sizes.elements = ["H", 7]
        var some = Resize()
        some.axes = [2, -1]
        #expect(try shape(some, ResizeTests.x4, sizes) == ["N", 3, "H", 7])
        some.aspectPolicy = .notLarger
        #expect(
            try shape(some, ResizeTests.known4, Inferred(constant: .ints(4, 7))) == [1, 3, 4, 4])
        #expect(
            try shape(some, ResizeTests.known4, .tensor(.int64, [2])) == [1, 3, .unknown, .unknown])
    }

    @Test("says what doesn't fit")
    func refuse() throws {
        let cases: [(Resize, Tensor, String)] = [
            (Resize(), .counting(2), "expected 1 scales above 0, found []"),
            (Resize(scales: [-1]), .counting(2), "expected 1 scales above 0, found [-1.0]"),
            (Resize(sizes: [1, 2]), .counting(2), "expected 1 sizes, found [1, 2]"),
            (Resize(sizes: [3]), .counting(0), "cannot resize [0], which is empty, to [3]"),
            (
                Resize(scales: [1e30]), .counting(2),
                "a scale of 1.0000000150474662e+30 is too large"
            ),
            (
                Resize(.linear, .tensorFlowCrop, scales: [2]), .counting(2),
                "expected a region of 2 numbers, found 0"
            ),
        ]
        for (resize, x, message) in cases {
            let error = #expect(throws: HingeError.self) {
                try OperatorHarness.value(resize, x)
            }
            #expect(error?.message == message)
        }
    }
}
