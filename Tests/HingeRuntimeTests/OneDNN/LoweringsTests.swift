#if OneDNN
    import Foundation
    import HingeOperators
    import Testing

    @testable import HingeRuntime

    /// The list of lowerings, their files and the registered operators agree.
    @Suite struct LoweringsTests {
        private static var files: URL {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Sources/HingeRuntime/OneDNN/Operators")
        }

        @Test func everyFileIsALoweringOfTheList() throws {
            let files = try FileManager.default.contentsOfDirectory(
                atPath: LoweringsTests.files.path
            )
            .map { $0.replacing(".swift", with: "") }
            #expect(files.sorted() == Lowerings.all.map { "\($0)" })
        }

        /// `ConvLowering` is found for `Conv`.
        @Test(arguments: OperatorRegistry.operators.values.map { "\($0)" }.sorted())
        func isFoundByTheOperatorsType(_ name: String) throws {
            let known = OperatorRegistry.operators.values.first { "\($0)" == name }
            let lowering = Lowerings.all.first { "\($0)" == "\(name)Lowering" }
            let found = try Lowerings.find(#require(known)).map { "\($0)" }
            #expect(found == lowering.map { "\($0)" })
        }
    }
#endif
