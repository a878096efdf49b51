import Foundation
import Hinge
import HingeOperators
import Testing

/// Maps as inputs and outputs of the program.
@Suite struct MapTests {
    /// A model of one node that has or gives maps.
    private func model(
        _ node: Node, _ input: ValueType, _ output: ValueType, _ folder: String, _ name: String
    ) throws -> String {
        let model = Model(
            graph: Graph(
                name: "g", nodes: [node], inputs: [ValueInfo(name: "x", type: input)],
                outputs: [ValueInfo(name: "y", type: output)]),
            opsetImports: [
                OpsetImport(version: 18), OpsetImport(domain: "ai.onnx.ml", version: 3),
            ], irVersion: 8)
        let path = "\(folder)/\(name).onnx"
        try model.write(toFile: path)
        return path
    }

    private func zipMap(_ labels: [String], _ folder: String, _ name: String) throws -> String {
        try model(
            Node(
                "ZipMap", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
                attributes: [.strings("classlabels_strings", labels)]),
            .tensor(.float32, ["N", 2]),
            .sequence(.map(key: .string, value: .tensor(.float32, nil))), folder, name)
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    @Test func mapsAreShownAndWrittenAsTables() throws {
        try Tool.withFolder { folder in
            let path = try zipMap(["b", "a"], folder, "zip")
            try write("[[1, 2], [3, 4], [5, 6]]", "\(folder)/x.json")
            for engine in ["fast", "reference"] {
                let result = try Tool.run(
                    "run", path, "--input", "\(folder)/x.json", "--engine", engine,
                    "--output-dir", folder)
                #expect(result.status == 0, "\(result.errors)")
                #expect(
                    result.output.contains(
                        "y: a sequence of 3 maps\n  keys: string[2] 'a', 'b'\n  values: float32[3, 2]"
                    ), "\(result.output)")
            }
            let keys = try ValueFile.value(path: "\(folder)/y_keys.npy").tensor
            #expect(keys?.strings == ["a", "b"])
            let values = try ValueFile.value(path: "\(folder)/y_values.npy").tensor
            #expect(values == Tensor([2, 1, 4, 3, 6, 5] as [Float], shape: [3, 2]))
        }
    }

    @Test func mapsAreComparedByTheirKeys() throws {
        try Tool.withFolder { folder in
            let path = try zipMap(["b", "a"], folder, "zip")
            let same = try Tool.run("verify", path, try zipMap(["b", "a"], folder, "same"))
            #expect(same.status == 0, "\(same.errors)\(same.output)")
            let swapped = try Tool.run("verify", path, try zipMap(["a", "b"], folder, "swapped"))
            #expect(swapped.status == 1, "\(swapped.errors)\(swapped.output)")
            let renamed = try Tool.run("verify", path, try zipMap(["b", "c"], folder, "renamed"))
            #expect(renamed.status == 1, "\(renamed.errors)\(renamed.output)")
        }
    }

    @Test func objectsOfJSONAreMaps() throws {
        try Tool.withFolder { folder in
            let words = try model(
                Node(
                    "DictVectorizer", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
                    attributes: [.strings("string_vocabulary", ["a", "c", "z"])]),
                .map(key: .string, value: .tensor(.float32, nil)), .tensor(.float32, [1, 3]),
                folder,
                "words")
            try write(#"{"c": 8, "a": 4.5, "q": 1}"#, "\(folder)/x.json")
            let found = try Tool.run(
                "run", words, "--input", "\(folder)/x.json", "--output-dir", folder)
            #expect(found.status == 0, "\(found.errors)")
            let row = try ValueFile.value(path: "\(folder)/y.npy").tensor
            #expect(row == Tensor([4.5, 8, 0] as [Float], shape: [1, 3]))
            let numbers = try model(
                Node(
                    "CastMap", domain: "ai.onnx.ml", inputs: ["x"], outputs: ["y"],
                    attributes: [.string("map_form", "SPARSE"), .int("max_map", 4)]),
                .map(key: .int64, value: .tensor(.float32, [])), .tensor(.float32, [1, 4]), folder,
                "numbers")
            try write(#"{"3": 1.5, "1": -2}"#, "\(folder)/n.json")
            let cast = try Tool.run(
                "run", numbers, "--input", "\(folder)/n.json", "--output-dir", folder)
            #expect(cast.status == 0, "\(cast.errors)")
            let columns = try ValueFile.value(path: "\(folder)/y.npy").tensor
            #expect(columns == Tensor([0, -2, 0, 1.5] as [Float], shape: [1, 4]))
            // Inputs that are made up have keys that the vocabulary has.
            for path in [words, numbers] {
                let proved = try Tool.run("convert", path, "\(folder)/out.onnx")
                #expect(proved.status == 0, "\(proved.errors)\(proved.output)")
                #expect(try Tool.run("check", path).status == 0)
            }
            try write(#"{"one": 1}"#, "\(folder)/bad.json")
            let refused = try Tool.run("run", numbers, "--input", "\(folder)/bad.json")
            #expect(refused.status == 65)
            #expect(refused.errors.contains("expected a number as element 0, found 'one'"))
        }
    }
}
