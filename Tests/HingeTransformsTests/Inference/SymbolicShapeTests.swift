import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms
import Testing

/// Named dimensions through shape arithmetic, as exporters write it: sums, products and quotients of them stay known,
/// in functions and bodies too.
///
/// What is expected follows from the standard's text by hand.
@Suite("Symbolic shapes")
struct SymbolicShapeTests {
    private typealias Body = BodyInferenceTests

    /// Nodes, and the shapes of values.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var inputs: [String: ValueType] = [
            "x": .tensor(.float32, ["batch", "sequence", 768]),
            "past": .tensor(.float32, ["batch", 12, "past", 64]),
            "image": .tensor(.float32, ["N", 3, "height", "width"]),
            "c": .tensor(.bool, []),
        ]
        var nodes: [Node]
        var shapes: [String: String]
        var testDescription: String { name }
    }

    private static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: Attribute...
    ) -> Node {
        Node(type, inputs: inputs, outputs: outputs, attributes: attributes)
    }

    private static func vector(_ name: String, _ values: Int64...) -> Node {
        Body.constant(name, Tensor(values))
    }

    private static func scalar(_ name: String, _ value: Int64) -> Node {
        Body.constant(name, Tensor(scalar: value))
    }

    /// The extent of one dimension of a value as a vector of one element.
    private static func extent(_ name: String, of value: String, _ index: Int) -> Node {
        node("Shape", [value], [name], .int("start", index), .int("end", index + 1))
    }

    static let cases = [
        Case(
            name: "heads are split off and joined again",
            nodes: [
                node("Shape", ["x"], ["s"]), scalar("zero", 0), scalar("one", 1),
                node("Gather", ["s", "zero"], ["b0"]), node("Gather", ["s", "one"], ["l0"]),
                vector("axis", 0), node("Unsqueeze", ["b0", "axis"], ["b"]),
                node("Unsqueeze", ["l0", "axis"], ["l"]), vector("heads", 12), vector("size", 64),
                node("Concat", ["b", "l", "heads", "size"], ["target"], .int("axis", 0)),
                node("Reshape", ["x", "target"], ["split"]),
                node("Transpose", ["split"], ["turned"], .ints("perm", [0, 2, 1, 3])),
                node("Mul", ["b", "heads"], ["rows"]), vector("rest", -1),
                node("Concat", ["rows", "rest", "size"], ["flat"], .int("axis", 0)),
                node("Reshape", ["turned", "flat"], ["y"]),
            ],
            shapes: [
                "split": "[batch, sequence, 12, 64]", "turned": "[batch, 12, sequence, 64]",
                "y": "[12*batch, sequence, 64]",
            ]),
        Case(
            name: "a cache grows",
            nodes: [
                vector("target", 0, -1, 12, 64), node("Reshape", ["x", "target"], ["heads"]),
                node("Transpose", ["heads"], ["key"], .ints("perm", [0, 2, 1, 3])),
                node("Concat", ["past", "key"], ["all"], .int("axis", 2)),
                extent("total", of: "all", 2), extent("old", of: "past", 2),
                vector("axis", 2),
                node("Slice", ["all", "old", "total", "axis"], ["new"]),
                vector("zero", 0), node("Slice", ["all", "zero", "old", "axis"], ["kept"]),
            ],
            shapes: [
                "all": "[batch, 12, past + sequence, 64]",
                "new": "[batch, 12, sequence, 64]", "kept": "[batch, 12, past, 64]",
            ]),
        Case(
            name: "positions are counted on",
            nodes: [
                node("Shape", ["past"], ["s"]), scalar("two", 2), scalar("one", 1),
                node("Gather", ["s", "two"], ["start"]), node("Shape", ["x"], ["t"]),
                node("Gather", ["t", "one"], ["count"]), node("Add", ["start", "count"], ["end"]),
                node("Range", ["start", "end", "one"], ["positions"]),
                scalar("zero", 0), node("Range", ["zero", "end", "two"], ["even"]),
            ],
            shapes: [
                "positions": "[sequence]", "even": "[floor((past + sequence + 1)/2)]",
            ]),
        Case(
            name: "a mask is filled",
            nodes: [
                extent("b", of: "x", 0), extent("l", of: "x", 1), extent("p", of: "past", 2),
                node("Add", ["p", "l"], ["total"]), vector("one", 1),
                node("Concat", ["b", "one", "l", "total"], ["shape"], .int("axis", 0)),
                node("ConstantOfShape", ["shape"], ["mask"]),
                node("Concat", ["b", "one", "one", "total"], ["other"], .int("axis", 0)),
                node("ConstantOfShape", ["other"], ["row"]),
                node("Expand", ["row", "shape"], ["wide"]), node("Add", ["wide", "mask"], ["y"]),
            ],
            shapes: [
                "mask": "[batch, 1, sequence, past + sequence]",
                "wide": "[batch, 1, sequence, past + sequence]",
                "y": "[batch, 1, sequence, past + sequence]",
            ]),
        Case(
            name: "everything in one row, and back",
            nodes: [
                vector("flat", -1), node("Reshape", ["x", "flat"], ["row"]),
                node("Shape", ["x"], ["shape"]), node("Reshape", ["row", "shape"], ["back"]),
                vector("matrix", -1, 768), node("Reshape", ["x", "matrix"], ["rows"]),
                node("Flatten", ["x"], ["columns"], .int("axis", 1)),
                node("Size", ["x"], ["count"]),
                node("ReduceProd", ["shape"], ["product"], .int("keepdims", 1)),
                node("Reshape", ["x", "product"], ["again"]),
            ],
            shapes: [
                "row": "[768*batch*sequence]", "back": "[batch, sequence, 768]",
                "rows": "[batch*sequence, 768]", "columns": "[batch, 768*sequence]",
                "again": "[768*batch*sequence]",
            ]),
        Case(
            name: "convolutions halve an image, and double it again",
            nodes: [
                Body.constant("w", Tensor([Float](repeating: 0, count: 216), shape: [8, 3, 3, 3])),
                node(
                    "Conv", ["image", "w"], ["half"], .ints("strides", [2, 2]),
                    .ints("pads", [1, 1, 1, 1])),
                node(
                    "MaxPool", ["half"], ["quarter"], .ints("kernel_shape", [2, 2]),
                    .ints("strides", [2, 2])),
                Body.constant("v", Tensor([Float](repeating: 0, count: 128), shape: [8, 4, 2, 2])),
                node("ConvTranspose", ["half", "v"], ["whole"], .ints("strides", [2, 2])),
                node("Conv", ["image", "w"], ["inner"]),
                node(
                    "AveragePool", ["image"], ["same"], .ints("kernel_shape", [3, 3]),
                    .ints("strides", [2, 2]), .string("auto_pad", "SAME_UPPER")),
            ],
            shapes: [
                "half": "[N, 8, floor((height + 1)/2), floor((width + 1)/2)]",
                "quarter": "[N, 8, floor((height + 1)/4), floor((width + 1)/4)]",
                "whole": "[N, 4, 2*floor((height + 1)/2), 2*floor((width + 1)/2)]",
                "inner": "[N, 8, height - 2, width - 2]",
                "same": "[N, 3, floor((height + 1)/2), floor((width + 1)/2)]",
            ]),
        Case(
            name: "an image is cut into patches",
            nodes: [
                node("SpaceToDepth", ["image"], ["deep"], .int("blocksize", 4)),
                vector("rows", 0, 48, -1), node("Reshape", ["deep", "rows"], ["patches"]),
                node("DepthToSpace", ["deep"], ["back"], .int("blocksize", 4)),
                node("Transpose", ["patches"], ["tokens"], .ints("perm", [0, 2, 1])),
            ],
            shapes: [
                "deep": "[N, 48, floor(height/4), floor(width/4)]",
                "tokens": "[N, floor(height/4)*floor(width/4), 48]",
                "back": "[N, 3, 4*floor(height/4), 4*floor(width/4)]",
            ]),
        Case(
            name: "slices are as long as what is left",
            nodes: [
                vector("axis", 1), vector("zero", 0), vector("one", 1), vector("two", 2),
                vector("last", -1), vector("all", .max), vector("none", .min),
                node("Slice", ["x", "one", "all", "axis"], ["later"]),
                node("Slice", ["x", "zero", "last", "axis"], ["earlier"]),
                node("Slice", ["x", "last", "all", "axis"], ["end"]),
                node("Slice", ["x", "zero", "all", "axis", "two"], ["even"]),
                node("Slice", ["x", "last", "none", "axis", "last"], ["backwards"]),
                node("Concat", ["x", "x"], ["twice"], .int("axis", 1)),
                node("Slice", ["twice", "one", "all", "axis"], ["most"]),
            ],
            shapes: [
                "later": "[batch, max(0, sequence - 1), 768]",
                "earlier": "[batch, max(0, sequence - 1), 768]",
                "end": "[batch, sequence - max(0, sequence - 1), 768]",
                "even": "[batch, floor((sequence + 1)/2), 768]",
                "backwards": "[batch, sequence, 768]",
                "twice": "[batch, 2*sequence, 768]",
                "most": "[batch, max(0, 2*sequence - 1), 768]",
            ]),
        Case(
            name: "parts, padding and repetition",
            nodes: [
                node("Concat", ["x", "x"], ["twice"], .int("axis", 1)),
                node("Split", ["twice"], ["a", "b"], .int("axis", 1), .int("num_outputs", 2)),
                node("Split", ["x"], ["q", "k"], .int("axis", 1), .int("num_outputs", 2)),
                vector("pads", 0, 1, 0, 0, 2, 0), node("Pad", ["x", "pads"], ["padded"]),
                extent("l", of: "x", 1), vector("zero", 0),
                node(
                    "Concat", ["zero", "l", "zero", "zero", "zero", "zero"], ["more"],
                    .int("axis", 0)),
                node("Pad", ["x", "more"], ["doubled"]),
                vector("repeats", 2, 3, 1), node("Tile", ["x", "repeats"], ["tiled"]),
                vector("one", 1), node("Sub", ["l", "one"], ["less"]),
                node("Concat", ["one", "less"], ["sizes"], .int("axis", 0)),
                node("Split", ["x", "sizes"], ["first", "others"], .int("axis", 1)),
            ],
            shapes: [
                "a": "[batch, sequence, 768]", "b": "[batch, sequence, 768]",
                "q": "[batch, floor((sequence + 1)/2), 768]",
                "k": "[batch, floor(sequence/2), 768]",
                "padded": "[batch, sequence + 3, 768]", "doubled": "[batch, 2*sequence, 768]",
                "tiled": "[2*batch, 3*sequence, 768]", "first": "[batch, 1, 768]",
                "others": "[batch, sequence - 1, 768]",
            ]),
        Case(
            name: "numbers are compared, and the smaller one is taken",
            nodes: [
                extent("l", of: "x", 1), extent("p", of: "past", 2), vector("limit", 512),
                vector("one", 1), node("Add", ["l", "p"], ["total"]),
                node("Less", ["total", "l"], ["never"]),
                node("Where", ["never", "one", "l"], ["k"]),
                node("ConstantOfShape", ["k"], ["y"]), node("Min", ["l", "limit"], ["short"]),
                node("ConstantOfShape", ["short"], ["z"]), node("Max", ["l", "total"], ["long"]),
                node("ConstantOfShape", ["long"], ["w"]), vector("three", 3),
                node("Mod", ["l", "three"], ["rest"]), node("ConstantOfShape", ["rest"], ["r"]),
                node("Div", ["total", "three"], ["third"]),
                node("ConstantOfShape", ["third"], ["t"]),
            ],
            shapes: [
                "y": "[sequence]", "z": "[sequence - max(0, sequence - 512)]",
                "w": "[past + sequence]", "r": "[sequence - 3*floor(sequence/3)]",
                "t": "[floor((past + sequence)/3)]",
            ]),
        Case(
            name: "an extent that may be -1 is what the others leave",
            nodes: [
                extent("l", of: "x", 1), vector("one", 1), node("Sub", ["l", "one"], ["less"]),
                vector("rest", 768), node("Concat", ["less", "rest"], ["target"], .int("axis", 0)),
                node("Reshape", ["x", "target"], ["y"]),
            ], shapes: ["y": "[batch*sequence, 768]"]),
        Case(
            name: "in both branches, and in a loop",
            nodes: [
                Body.branch(
                    "c", "joined",
                    Body.body([], ["a"], [node("Concat", ["x", "x"], ["a"], .int("axis", 1))]),
                    Body.body(
                        [], ["b"],
                        [
                            vector("factor", 1, 2, 1),
                            node("Tile", ["x", "factor"], ["b"]),
                        ])),
                scalar("three", 3),
                Body.loop(
                    ["three", "", "joined"], ["y", "s"],
                    Body.body(
                        ["i", "d", "v"], ["d", "w", "e"],
                        [
                            node("Relu", ["v"], ["w"]), vector("flat", -1),
                            node("Reshape", ["v", "flat"], ["e"]),
                        ])),
            ],
            shapes: [
                "joined": "[batch, 2*sequence, 768]", "y": "[batch, 2*sequence, 768]",
                "s": "[3, 1536*batch*sequence]",
            ]),
        Case(
            name: "as often as a sum of dimensions",
            nodes: [
                node("Shape", ["x"], ["s"]), scalar("one", 1), node("Gather", ["s", "one"], ["l"]),
                node("Add", ["l", "l"], ["n"]),
                Body.loop(["n", ""], ["y"], Body.body(["i", "d"], ["d", "i"], [])),
            ], shapes: ["y": "[2*sequence]"]),
        Case(
            name: "through a function with an attribute",
            nodes: [
                Node(
                    "Heads", domain: "own", inputs: ["x"], outputs: ["y"],
                    attributes: [.int("axis", 1)])
            ], shapes: ["y": "[batch, 2*sequence + 1, 768]"]),
    ]

    /// Twice the input, and one element more, along an axis.
    private static let function = Function(
        name: "Heads", domain: "own", inputs: ["a"], outputs: ["b"], attributes: ["axis"],
        nodes: [
            Node(
                "Concat", inputs: ["a", "a"], outputs: ["d"],
                attributes: [Attribute("axis", .reference(name: "axis", kind: "int"))]),
            vector("pads", 0, 0, 0, 0, 1, 0), node("Pad", ["d", "pads"], ["b"]),
        ], opsetImports: [OpsetImport(version: 18)])

    @Test("Shapes follow", arguments: cases)
    func shapes(_ specimen: Case) throws {
        var graph = Graph(name: "main", nodes: specimen.nodes)
        graph.inputs = specimen.inputs.sorted { $0.key < $1.key }
            .map { ValueInfo(name: $0.key, type: $0.value) }
        var model = Model(
            graph: graph,
            opsetImports: [OpsetImport(version: 18), OpsetImport(domain: "own", version: 1)])
        model.functions = [Self.function]
        let inferred = try InferTypes(isStrict: true).infer(model)
        for (name, shape) in specimen.shapes {
            #expect(inferred.type(of: name)?.shape?.description == shape, "\(name)")
        }
    }

    @Test("An extent that the file knows is better than an expression")
    func stated() throws {
        var graph = Graph(
            name: "main", nodes: [Self.node("Concat", ["x", "x"], ["y"], .int("axis", 0))])
        graph.inputs = [ValueInfo(name: "x", type: .tensor(.float32, ["N"]))]
        graph.outputs = [ValueInfo(name: "y", type: .tensor(.float32, [6]))]
        let model = Model(graph: graph, opsetImports: [OpsetImport(version: 18)])
        #expect(try InferTypes().infer(model).type(of: "y") == .tensor(.float32, [6]))
    }
}
