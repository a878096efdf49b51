import Foundation
import Testing

/// What `convert` and `verify` compare on, and how they end.
@Suite("Proofs on the command line")
struct ProofTests {
    private static func file(_ name: String) -> String { Tool.fixture("cases/\(name)") }

    @Test(
        "Inputs are found by themselves",
        arguments: ["inputs-two-batches", "inputs-gathernd", "inputs-sequence-lengths"])
    func madeUpInputs(_ name: String) throws {
        let model = Self.file("\(name).onnx")
        let verified = try Tool.run("verify", model, model)
        #expect(verified.status == 0, "\(verified.errors)")
        try Tool.withFolder { folder in
            let converted = try Tool.run("convert", model, "\(folder)/x.onnx", "--opset", "18")
            #expect(converted.status == 0, "\(converted.errors)")
            #expect(converted.output.contains("the outputs are equal"))
        }
    }

    @Test("Dimensions named '?' may differ")
    func unknownDimensions() throws {
        let model = Self.file("question-mark-dims.onnx")
        for engine in ["fast", "reference"] {
            let result = try Tool.run(
                "verify", model, "--recorded", Self.file("question-mark-dims.npz"), "--engine",
                engine)
            #expect(result.status == 0, "\(result.errors)")
        }
        let shaped = try Tool.run("verify", model, model, "--shape", "x=2,3,4,5")
        #expect(shaped.output.contains("inputs: x float32[2, 3, 4, 5]"))
    }

    @Test("A shape for an input that isn't there is refused")
    func unknownShape() throws {
        let model = Self.file("inputs-two-batches.onnx")
        let result = try Tool.run("verify", model, model, "--shape", "image=2,3")
        #expect(result.status == 64)
        #expect(result.errors == "hinge: the model has no input 'image'; it has 'a', 'b'\n")
        let conflict = try Tool.run(
            "verify", model, model, "--shape", "a=2,3", "--shape", "b=4,5")
        #expect(conflict.status == 65)
        #expect(
            conflict.errors
                == "hinge: value 'b': expected a shape that fits [k, m], where k is 3, found [4, 5]\n"
        )
    }

    @Test("A shape binds a name in all inputs")
    func boundShape() throws {
        let model = Self.file("inputs-two-batches.onnx")
        let result = try Tool.run("verify", model, model, "--shape", "a=5,7")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("inputs: a float32[5, 7], b float32[7, 8]"))
    }

    @Test("convert and verify take inputs from files", arguments: ["convert", "verify"])
    func givenInputs(_ command: String) throws {
        try Tool.withFolder { folder in
            let model = Self.file("inputs-two-batches.onnx")
            let input = "\(folder)/b.json"
            try Data("[[1, 2, 3], [4, 5, 6]]".utf8).write(to: URL(fileURLWithPath: input))
            let other = command == "verify" ? model : "\(folder)/x.onnx"
            let result = try Tool.run(command, model, other, "--input", "b=\(input)")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("inputs: a float32[2, 2], b float32[2, 3]"))
            let unknown = try Tool.run(command, model, other, "--input", "c=\(input)")
            #expect(unknown.status == 64)
            #expect(unknown.errors == "hinge: the model has no input 'c'; it has 'a', 'b'\n")
            let wrong = "\(folder)/wrong.json"
            try Data("[1]".utf8).write(to: URL(fileURLWithPath: wrong))
            let misfit = try Tool.run(command, model, other, "--input", "a=\(wrong)")
            #expect(misfit.status == 65)
            #expect(misfit.errors.contains("expected a shape that fits [n, k], found [1]"))
        }
    }

    @Test("A recording has inputs of its own")
    func recordedInputs() throws {
        let result = try Tool.run(
            "verify", Self.file("question-mark-dims.onnx"), "--recorded",
            Self.file("question-mark-dims.npz"), "--input", "x=x.npy")
        #expect(result.status == 64)
    }

    @Test("Models whose inputs can't be matched are an error, not a difference")
    func unmatched() throws {
        let result = try Tool.run(
            "verify", Self.file("inputs-two-batches.onnx"), Self.file("clip-bounds-opset6.onnx"))
        #expect(result.status == 65)
        #expect(
            result.errors
                == "hinge: expected 1 inputs ('x' float32[N, 3, 4, 4]), "
                + "found 2 ('a' float32[n, k], 'b' float32[k, m])\n")
    }

    @Test("A tolerance of zero tells engines apart, and is no error")
    func zeroTolerance() throws {
        let model = Tool.fixture("digits/digits.keras")
        let recorded = Tool.fixture("digits/digits.npz")
        let strict = try Tool.run("verify", model, "--recorded", recorded, "--tolerance", "0")
        #expect(strict.status == 1)
        #expect(strict.output.contains("is more than 0.0"))
        let loose = try Tool.run("verify", model, "--recorded", recorded, "--tolerance", "1e-5")
        #expect(loose.status == 0)
        #expect(loose.output.contains("note: the recording's member 'labels' was not used"))
        for wrong in ["nan", "-1", "inf"] {
            let result = try Tool.run(
                "verify", model, "--recorded", recorded, "--tolerance=\(wrong)")
            #expect(result.status == 64, "\(wrong)")
        }
    }

    @Test("JSON says what the table says")
    func json() throws {
        let model = Tool.fixture("digits/digits.keras")
        let empty = try Tool.run("verify", model, model, "--shape", "image=0,8,8,1", "--json")
        #expect(empty.status == 1, "\(empty.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(empty.output.utf8)) as? [String: Any])
        #expect(report["verdict"] as? String == "nothingCompared")
        #expect(report["isEqual"] as? Bool == false)
        #expect((report["notes"] as? [String])?.count == 1)
        let other = try Tool.run(
            "verify", Self.file("clip-bounds-opset6.onnx"), "--recorded",
            Self.file("question-mark-dims.npz"), "--json")
        #expect(other.status == 65)
    }

    // MARK: - Names that a terminal would obey

    @Test(
        "Control characters of names stay in the file",
        arguments: [["inspect"], ["inspect", "--weights"], ["inspect", "--json"], ["check"]])
    func escapes(_ command: [String]) throws {
        let result = try Tool.run(command + [Self.file("esc.onnx")])
        #expect(result.status == 0)
        let printed = result.output + result.errors
        #expect(!printed.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        if command[0] == "inspect" {
            let isJSON = command.last == "--json"
            #expect(
                printed.contains(isJSON ? "\\u001b[31mRED" : "\\u{1B}[31mRED\\u{1B}]0;title\\u{7}"))
        }
    }

    @Test("Control characters of names stay in files when something goes wrong")
    func escapedErrors() throws {
        try Tool.withFolder { folder in
            // The node, renamed to a name of as many bytes, with an operator that doesn't exist.
            var bytes = [UInt8](
                try Data(contentsOf: URL(fileURLWithPath: Self.file("esc.onnx"))))
            let place = try #require(
                bytes.indices.dropLast(4).first { bytes[$0..<$0 + 4].elementsEqual("Relu".utf8) })
            bytes.replaceSubrange(place..<place + 4, with: Array("R\u{7}lu".utf8))
            let path = "\(folder)/bad\u{1B}[2J\u{202E}.onnx"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            for command in ["run", "check", "inspect"] {
                let result = try Tool.run(
                    [command, path] + (command == "run" ? ["--input", "x=none.npy"] : []))
                let printed = result.output + result.errors
                #expect(!printed.isEmpty)
                #expect(
                    !printed.unicodeScalars.contains {
                        $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E
                    }, "\(command)")
            }
        }
    }
}
