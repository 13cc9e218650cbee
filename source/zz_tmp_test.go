package source
import ("testing";"fmt";"context";"bytes";"os";"github.com/verdigris-db/verdigris/cql")
func TestZZ(t *testing.T){
	cnt:=map[string]int{}; ex:=map[string]string{}
	mutants(t, 20, func(t *testing.T, what string, original, mutant []byte) {
		f, err := openMemory(mutant)
		if err != nil { return }
			for group := range f.meta.RowGroups {
				for _, leaf := range f.leaves {
					_, errs := f.dumps(group, leaf)
					if (errs[0]==nil) != (errs[1]==nil) {
						enc,_:=f.valueEncodings(group,leaf)
						k:=fmt.Sprint(errs[0]==nil, leaf.Physical, enc)
						cnt[k]++
						if errs[0]!=nil {ex[k]=what+errs[0].Error()} else {ex[k]=what+errs[1].Error()}
					}
				}
			}
	})
	for k,v:=range cnt { fmt.Println(k,v,ex[k]) }
}
func TestZZ2(t *testing.T){
	data,_:=os.ReadFile("testdata/corpus/good/binary.parquet")
	in, err := newInput(context.Background(), memoryObject{bytes.NewReader(data)}, File{Name: "mutant.parquet", Size: int64(len(data))})
	fmt.Println(in,err)
	_,err=in.Read(context.Background(),0,[]Want{{Name:in.Footer.Columns[0].Name,Type:cql.Of(cql.UUID)}})
	fmt.Println(err)
}
